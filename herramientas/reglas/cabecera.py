"""Reglas C: la cabecera de cada fuente y el temario."""

from __future__ import annotations

from collections.abc import Iterator

from herramientas import fuentes
from herramientas.reglas import Nota, regla
from herramientas.reglas.contexto import Libro, Pagina
from herramientas.reglas.marcos import grupos, tiene_acuerdo
from herramientas.temario import leer_temario


@regla(
    "C01",
    "pagina",
    "Fuente que no se puede leer",
    "Sin una fuente válida no se puede generar, ejecutar ni comprobar el cuaderno.",
)
def fuente_ilegible(pagina: Pagina) -> Iterator[Nota]:
    if pagina.error:
        error = pagina.error
        yield Nota(error.mensaje, error.linea, error.celda)


@regla(
    "C02",
    "pagina",
    "Falta temario, objetivos, minutos o requiere",
    "La cabecera dice qué enseña la sección, qué promete, cuánto cuesta y qué pide; de "
    "ella salen la cobertura del temario y el orden de lectura.",
)
def cabecera_incompleta(pagina: Pagina) -> Iterator[Nota]:
    if not pagina.es_seccion and not (pagina.es_lab and pagina.cuaderno):
        return
    cabecera = pagina.metadatos
    claves = ["objetivos", "minutos", "requiere"]
    if not pagina.es_lab:
        claves.insert(0, "temario")
    for clave in claves:
        if clave not in cabecera:
            yield Nota(f"falta «{clave}» en la cabecera", 1)
    if "temario" in cabecera and not cabecera["temario"] and not pagina.es_lab:
        yield Nota(
            "«temario» está vacío: la sección no enseña ningún punto",
            pagina.linea_de_clave("temario"),
        )
    objetivos = cabecera.get("objetivos", ["—"])
    if not _lista_de_textos(objetivos) or not objetivos:
        yield Nota(
            "«objetivos» debe ser una lista de frases",
            pagina.linea_de_clave("objetivos"),
        )
    minutos = cabecera.get("minutos", {"leer": 1, "ejecutar": 1})
    if not isinstance(minutos, dict) or not all(
        isinstance(minutos.get(k), int | float) and minutos[k] > 0
        for k in ("leer", "ejecutar")
    ):
        yield Nota(
            "«minutos» debe ser {leer: N, ejecutar: N}, con números mayores que cero",
            pagina.linea_de_clave("minutos"),
        )


def _lista_de_textos(valor) -> bool:
    return isinstance(valor, list) and all(
        isinstance(v, str) and v.strip() for v in valor
    )


@regla(
    "C03",
    "pagina",
    "Punto de temario desconocido",
    "Un id mal escrito haría creer que un punto está cubierto.",
)
def temario_desconocido(pagina: Pagina) -> Iterator[Nota]:
    for id_ in _ids(pagina):
        if id_ not in leer_temario():
            yield Nota(
                f"«{id_}» no está en el temario (herramientas/temario.tsv)",
                pagina.linea_de_clave("temario"),
            )


@regla(
    "C04",
    "libro",
    "Punto de temario en dos secciones",
    "Cada punto se enseña en un solo lugar; las demás secciones lo enlazan. En un lab, "
    "«temario» dice qué puntos se practican y no cuenta.",
)
def temario_repetido(libro: Libro) -> Iterator[Nota]:
    donde: dict[str, Pagina] = {}
    for pagina in libro.paginas:
        for id_ in [] if pagina.es_lab else _ids(pagina):
            if id_ in donde:
                yield Nota(
                    f"{id_} ya lo enseña {donde[id_].nombre}",
                    pagina.linea_de_clave("temario"),
                    archivo=pagina.nombre,
                )
            donde.setdefault(id_, pagina)


@regla(
    "C05",
    "pagina",
    "Requisito que no existe",
    "«requiere» es el mapa de lectura del libro: cada ruta lleva a una página.",
)
def requiere_inexistente(pagina: Pagina) -> Iterator[Nota]:
    requiere = pagina.metadatos.get("requiere") or []
    linea = pagina.linea_de_clave("requiere")
    if not _lista_de_textos(requiere):
        yield Nota("«requiere» debe ser una lista de rutas de secciones", linea)
        return
    for ruta in requiere:
        destino = pagina.raiz / (ruta if ruta.endswith(".md") else f"{ruta}.md")
        if not destino.exists():
            yield Nota(f"«{ruta}» no existe; escribe book/NN-parte/seccion", linea)
        elif destino == pagina.ruta:
            yield Nota("la sección se requiere a sí misma", linea)


@regla(
    "C06",
    "cuaderno",
    "Punto de tres marcos sin tres marcos",
    "Los puntos [3] del temario se enseñan en PyTorch, Keras y JAX, y el libro "
    "demuestra que coinciden: la sección necesita al menos un grupo completo con su "
    "acuerdo.",
)
def tres_marcos(pagina: Pagina) -> Iterator[Nota]:
    temario = leer_temario()
    piden = [i for i in _ids(pagina) if i in temario and temario[i].marcos == 3]
    if pagina.es_lab or not piden:
        return
    if not any(
        [c.marco for c in grupo] == list(fuentes.MARCOS)
        and tiene_acuerdo(pagina, grupo)
        for grupo in grupos(pagina)
    ):
        yield Nota(
            f"{', '.join(piden)} piden los tres marcos y la sección no tiene ningún "
            "grupo pytorch, keras, jax con «acuerdo»",
            pagina.linea_de_clave("temario"),
        )


def _ids(pagina: Pagina) -> list[str]:
    ids = pagina.metadatos.get("temario")
    return [str(i) for i in ids] if isinstance(ids, list) else []
