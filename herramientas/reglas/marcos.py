"""Reglas E y G: etiquetas, grupos de marcos, acuerdos y cuadernos de un solo marco."""

from __future__ import annotations

import ast
import builtins
import re
import symtable
from collections.abc import Iterator
from functools import lru_cache

from herramientas.fuentes import MARCOS
from herramientas.reglas import Nota, regla
from herramientas.reglas.contexto import (
    MAGIA,
    Celda,
    Generado,
    Pagina,
    importados,
    modulos_importados,
)

SUFIJOS = {"pytorch": "_pt", "keras": "_ks", "jax": "_jx"}
# Qué bibliotecas son de qué marco; el orden es el de importación.
BIBLIOTECAS = {
    **dict.fromkeys(("torch", "torchvision"), "pytorch"),
    **dict.fromkeys(("keras", "tensorflow"), "keras"),
    **dict.fromkeys(("jax", "flax", "optax", "orbax"), "jax"),
}
_EXCEPCIONES = ("sin-acuerdo", "nbval-ignore-output", "nbval-skip", "raises-exception")


def grupos(pagina: Pagina) -> list[list[Celda]]:
    """Las rachas de celdas de código seguidas y etiquetadas con un marco."""
    rachas: list[list[Celda]] = [[]]
    for celda in pagina.celdas:
        if celda.es_codigo and celda.marco:
            rachas[-1].append(celda)
        elif rachas[-1]:
            rachas.append([])
    return [r for r in rachas if r]


def tiene_acuerdo(pagina: Pagina, grupo: list[Celda]) -> bool:
    """Si la celda que sigue al grupo es su acuerdo."""
    siguiente = grupo[
        -1
    ].numero  # los números empiezan en 1: este índice es el siguiente
    celdas = pagina.celdas
    return siguiente < len(celdas) and "acuerdo" in celdas[siguiente].etiquetas


def _exento(grupo: list[Celda]) -> bool:
    return all("sin-acuerdo" in c.etiquetas for c in grupo)


def _solo_importa(celda: Celda) -> bool:
    return celda.arbol is not None and all(
        isinstance(s, ast.Import | ast.ImportFrom) for s in celda.arbol.body
    )


@regla(
    "E02",
    "cuaderno",
    "Excepción sin motivo",
    "Cada excepción a las reglas dice por qué lo es («motivo» en los metadatos de la "
    "celda): sin la razón, nadie sabrá cuándo quitarla.",
)
def excepcion_sin_motivo(pagina: Pagina) -> Iterator[Nota]:
    for celda in pagina.codigo:
        for etiqueta in _EXCEPCIONES:
            if etiqueta in celda.etiquetas and len(celda.motivo) < 15:
                yield Nota(
                    f"«{etiqueta}» pide un «motivo»: una frase en los metadatos",
                    celda.linea,
                    celda.numero,
                )


@regla(
    "G01",
    "cuaderno",
    "Falta un marco",
    "Lo que se enseña en un marco se enseña en los tres; si solo tiene sentido en uno, "
    "la celda lo dice con «sin-acuerdo» y su motivo.",
)
def falta_marco(pagina: Pagina) -> Iterator[Nota]:
    for grupo in [] if pagina.es_lab else grupos(pagina):
        faltan = [m for m in MARCOS if m not in {c.marco for c in grupo}]
        if faltan and not _exento(grupo):
            yield Nota(
                f"el grupo no tiene celda {' ni '.join(faltan)}",
                grupo[0].linea,
                grupo[0].numero,
            )


@regla(
    "G02",
    "cuaderno",
    "Marcos fuera de orden",
    "Las pestañas salen en el orden de las celdas y las bibliotecas se importan en ese "
    "orden: una celda pytorch, una keras y una jax.",
)
def orden_de_marcos(pagina: Pagina) -> Iterator[Nota]:
    for grupo in [] if pagina.es_lab else grupos(pagina):
        marcos = [c.marco for c in grupo]
        ordenados = [m for m in MARCOS if m in marcos]
        if marcos != ordenados:
            yield Nota(
                f"el grupo va {', '.join(marcos)}; debe ir {', '.join(ordenados)}, una "
                "celda de cada uno (¿falta un acuerdo o un texto entre dos grupos?)",
                grupo[0].linea,
                grupo[0].numero,
            )


@regla(
    "G03",
    "cuaderno",
    "Grupo sin acuerdo",
    "El libro demuestra que los tres marcos dan lo mismo: tras cada grupo, una celda "
    "«acuerdo» lo comprueba, o el grupo lleva «sin-acuerdo» y su motivo.",
)
def grupo_sin_acuerdo(pagina: Pagina) -> Iterator[Nota]:
    for grupo in [] if pagina.es_lab else grupos(pagina):
        if _exento(grupo) or all(map(_solo_importa, grupo)):
            continue
        if not tiene_acuerdo(pagina, grupo):
            yield Nota(
                "tras el grupo no viene una celda «acuerdo»",
                grupo[0].linea,
                grupo[0].numero,
            )


@regla(
    "G04",
    "cuaderno",
    "Acuerdo que no comprueba los tres",
    "Un acuerdo sin `assert`, o que no nombra variables _pt, _ks y _jx, no puede "
    "fallar cuando los marcos discrepan.",
)
def acuerdo_vacio(pagina: Pagina) -> Iterator[Nota]:
    for celda in pagina.codigo:
        if "acuerdo" not in celda.etiquetas or celda.arbol is None:
            continue
        if not any(map(_es_assert, celda.nodos)):
            yield Nota("el acuerdo no tiene ningún assert", celda.linea, celda.numero)
        nombres = {n.id for n in celda.nodos if isinstance(n, ast.Name)}
        faltan = [
            s for s in SUFIJOS.values() if not any(n.endswith(s) for n in nombres)
        ]
        if faltan:
            yield Nota(
                f"el acuerdo no usa ninguna variable {', '.join(faltan)}",
                celda.linea,
                celda.numero,
            )


def _es_assert(nodo: ast.AST) -> bool:
    if isinstance(nodo, ast.Call):
        nombre = getattr(nodo.func, "attr", getattr(nodo.func, "id", ""))
        return nombre.startswith("assert")
    return isinstance(nodo, ast.Assert)


@regla(
    "G05",
    "cuaderno",
    "Nombre que falta al quitar los otros marcos",
    "De cada sección salen tres cuadernos de un solo marco: lo que define una celda de "
    "otro marco (o un acuerdo) no existe en ellos.",
)
def nombre_perdido(pagina: Pagina) -> Iterator[Nota]:
    celdas = [(c, *_nombres(c)) for c in pagina.codigo]
    perdidos: dict[tuple[int, str], tuple[Celda, Celda, list[str]]] = {}
    for marco in MARCOS:
        definidos: dict[str, Celda] = {}  # en el cuaderno completo
        quedan: set[str] = set(dir(builtins))
        for celda, ata, usa in celdas:
            if celda.marco in (None, marco) and "acuerdo" not in celda.etiquetas:
                quedan |= ata
                for nombre in sorted(usa - quedan):
                    if nombre in definidos:
                        clave = celda.numero, nombre
                        perdidos.setdefault(clave, (celda, definidos[nombre], []))
                        perdidos[clave][2].append(marco)
            for nombre in ata:
                definidos[nombre] = celda
    for (numero, nombre), (celda, origen, marcos) in sorted(perdidos.items()):
        yield Nota(
            f"`{nombre}` viene de la celda {origen.numero} (línea {origen.linea}) y no "
            f"existe en el cuaderno de solo {', '.join(marcos)}",
            _linea_de_nombre(celda, nombre),
            numero,
        )


def _nombres(celda: Celda) -> tuple[set[str], set[str]]:
    """(nombres que la celda ata, nombres globales que usa).

    Los de un programa que se escribe en un archivo no son del cuaderno.
    """
    if celda.arbol is None or celda.es_programa:
        return set(), set()
    return _nombres_de(celda.codigo)


@lru_cache(maxsize=4096)
def _nombres_de(codigo: str) -> tuple[set[str], set[str]]:
    tabla = symtable.symtable(MAGIA.sub("pass", codigo), "celda", "exec")
    ata, usa = set(), set()
    for simbolo in tabla.get_symbols():
        if simbolo.is_assigned() or simbolo.is_imported():
            ata.add(simbolo.get_name())
        if simbolo.is_referenced():
            usa.add(simbolo.get_name())
    pendientes = list(tabla.get_children())
    while pendientes:
        hija = pendientes.pop()
        pendientes += hija.get_children()
        for simbolo in hija.get_symbols():
            if simbolo.is_global():
                if simbolo.is_assigned():
                    ata.add(simbolo.get_name())
                if simbolo.is_referenced():
                    usa.add(simbolo.get_name())
    return ata, usa


def _linea_de_nombre(celda: Celda, nombre: str) -> int:
    for nodo in celda.nodos:
        if isinstance(nodo, ast.Name) and nodo.id == nombre:
            return celda.linea_de(nodo)
    return celda.linea


@regla(
    "G06",
    "cuaderno",
    "Marco importado fuera de su celda",
    "El cuaderno de solo JAX no debe importar TensorFlow: cada biblioteca se importa "
    "en una celda con la etiqueta de su marco.",
)
def import_sin_etiqueta(pagina: Pagina) -> Iterator[Nota]:
    for celda in pagina.codigo:
        for nodo in celda.nodos:
            for modulo in modulos_importados(nodo):
                marco = BIBLIOTECAS.get(modulo.split(".")[0])
                if marco and marco != celda.marco:
                    yield Nota(
                        f"`{modulo}` se importa en una celda sin la etiqueta «{marco}»",
                        celda.linea_de(nodo),
                        celda.numero,
                    )


@regla(
    "G07",
    "cuaderno",
    "TensorFlow en una celda keras",
    "El código de Keras corre con los motores tensorflow, jax y torch (`keras.ops`). "
    "Si TensorFlow es el tema, la cabecera lo dice: «tensorflow: por qué».",
)
def tensorflow_en_keras(pagina: Pagina) -> Iterator[Nota]:
    razon = pagina.metadatos.get("tensorflow")
    if isinstance(razon, str) and len(razon) >= 15:
        return
    for celda in pagina.codigo:
        if celda.marco != "keras" or celda.arbol is None:
            continue
        for nodo, nombre in pagina.usos(celda):
            if nombre.split(".")[0] == "tensorflow":
                yield Nota(
                    f"`{nombre}` ata la celda a TensorFlow: usa `keras` o `keras.ops`",
                    celda.linea_de(nodo),
                    celda.numero,
                )


@regla(
    "G08",
    "cuaderno",
    "Bibliotecas importadas en otro orden",
    "En un mismo proceso, torch se importa antes que TensorFlow y Keras, y estos antes "
    "que JAX; en otro orden, sus bibliotecas nativas chocan.",
)
def orden_de_imports(pagina: Pagina) -> Iterator[Nota]:
    visto = 0
    conocidas: set[str] = set()
    for celda in [] if pagina.es_lab else pagina.codigo:
        for nodo in celda.nodos:
            for modulo in modulos_importados(nodo):
                base = modulo.split(".")[0]
                if base not in BIBLIOTECAS or base in conocidas:
                    continue
                conocidas.add(base)
                puesto = MARCOS.index(BIBLIOTECAS[base])
                if puesto < visto:
                    yield Nota(
                        f"`{base}` se importa después de las de {MARCOS[visto]}",
                        celda.linea_de(nodo),
                        celda.numero,
                    )
                visto = max(visto, puesto)


@regla(
    "G09",
    "cuaderno",
    "Acuerdo sin grupo",
    "Un acuerdo compara el grupo que tiene justo antes; suelto, la página lo enseña "
    "donde no corresponde.",
)
def acuerdo_huerfano(pagina: Pagina) -> Iterator[Nota]:
    for celda in pagina.codigo:
        if "acuerdo" in celda.etiquetas:
            anterior = pagina.celdas[celda.numero - 2] if celda.numero > 1 else None
            if anterior is None or anterior.marco is None:
                yield Nota(
                    "la celda anterior no es de un grupo de marcos",
                    celda.linea,
                    celda.numero,
                )


@regla(
    "G10",
    "cuaderno",
    "Nombre sin el sufijo de su marco",
    "Los nombres de cada marco acaban en _pt, _ks o _jx: así conviven en una página y "
    "el acuerdo puede compararlos. Sin sufijo, el último marco pisa a los otros.",
)
def sufijos(pagina: Pagina) -> Iterator[Nota]:
    celdas = [(c, *_nombres(c)) for c in pagina.codigo]
    for celda, ata, _ in celdas:
        for nombre in sorted(ata):
            if (marco := _marco_del_sufijo(nombre)) and marco != celda.marco:
                if "acuerdo" in celda.etiquetas:
                    continue
                yield Nota(
                    f"`{nombre}` lleva el sufijo de {marco} en una celda que no lo es",
                    _linea_de_nombre(celda, nombre),
                    celda.numero,
                )
    if pagina.es_lab:
        return
    duenos: dict[str, dict[str, Celda]] = {}
    for celda, ata, _ in celdas:
        mismos = _importa_lo_mismo(celda)
        for nombre in ata - mismos if celda.marco else ():
            if _marco_del_sufijo(nombre):
                continue
            duenos.setdefault(nombre, {}).setdefault(celda.marco, celda)
    dichos: set[str] = set()
    for celda, ata, usa in celdas:
        for nombre in sorted((usa - ata) & duenos.keys() - dichos):
            marcos = duenos[nombre]
            if len(marcos) > 1 and celda.numero > min(
                c.numero for c in marcos.values()
            ):
                dichos.add(nombre)
                yield Nota(
                    f"`{nombre}` se define en {', '.join(marcos)} sin sufijo y se usa "
                    "en otra celda: vale lo que diga el último marco",
                    _linea_de_nombre(celda, nombre),
                    celda.numero,
                )


def _marco_del_sufijo(nombre: str) -> str | None:
    return next((m for m, s in SUFIJOS.items() if nombre.endswith(s)), None)


def _importa_lo_mismo(celda: Celda) -> set[str]:
    """Nombres importados que no son de ningún marco: repetirlos no hace daño."""
    return {
        nombre
        for nodo in celda.nodos
        for nombre, origen in importados(nodo).items()
        if origen.split(".")[0] not in BIBLIOTECAS
    }


@regla(
    "G11",
    "salidas",
    "Acuerdo que no imprime una línea",
    "La página enseña como resumen la línea que imprime el acuerdo, plegado el código.",
)
def acuerdo_sin_resumen(generado: Generado) -> Iterator[Nota]:
    for celda in generado.cuaderno.cells:
        if "acuerdo" not in celda.metadata.get("tags", []):
            continue
        salidas = celda.get("outputs", [])
        texto = "".join("".join(s.text) for s in salidas if s.output_type == "stream")
        una = len(salidas) == 1 and re.fullmatch(r"[^\n]+\n?", texto)
        if not una:
            yield generado.nota(celda, "el acuerdo debe imprimir una línea y nada más")
