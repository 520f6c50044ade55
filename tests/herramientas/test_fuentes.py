"""Lectura de las fuentes: lo bueno se lee y cada cosa mal escrita se rechaza."""

import shutil
from pathlib import Path

import jupytext
import pytest

from herramientas import fuentes
from herramientas.fuentes import ErrorFuente

MALOS = Path(__file__).parent / "malos"

# archivo: (línea, celda, parte del mensaje). Los «lab-» se leen en solutions/.
ESPERADOS = {
    "acuerdo-de-un-marco": (6, 2, "no lleva etiqueta de marco"),
    "cabecera-rota": (4, None, "no es YAML válido"),
    "celda-anidada": (9, 1, "dentro de otra directiva"),
    "celda-sin-cerrar": (11, 2, "sin cerrar"),
    "celda-vacia": (6, 2, "vacía"),
    "dos-marcos": (6, 2, "de un solo marco"),
    "etiqueta-desconocida": (6, 2, "etiqueta desconocida «oculta»"),
    "etiquetas-sin-lista": (6, 2, "lista de palabras"),
    "id-duplicado": (11, 3, "id de celda «datos» duplicado"),
    "id-no-valido": (6, 2, "id de celda no válido"),
    "lab-acuerdo": (6, 2, "no se ejecutaría nunca"),
    "lab-grade-id-duplicado": (12, 3, "grade_id «prueba» ya está en la celda 2"),
    "lab-nbgrader-sin-marcas": (6, 2, "el alumno recibiría la solución"),
    "lab-solucion-anidada": (10, 2, "dentro de otra solución"),
    "lab-solucion-en-el-texto": (6, 1, "dentro de una celda de código"),
    "lab-solucion-fuera-de-orden": (8, 2, "sin «### BEGIN SOLUTION» antes"),
    "lab-solucion-mal-escrita": (8, 2, "mal escrita"),
    "lab-solucion-sin-cerrar": (9, 2, "sin cerrar"),
    "lab-solucion-sin-nbgrader": (6, 2, "sin «nbgrader: {solution: true}»"),
    "limite-imposible": (3, None, "número mayor que 0"),
    "metadatos-rotos": (10, 3, "no son YAML válido"),
    "sin-cabecera": (1, None, "falta la cabecera"),
    "sin-kernelspec": (1, None, "no tiene «kernelspec»"),
    "solucion-en-el-libro": (6, 2, "solo valen en solutions/"),
    "temario-mal-escrito": (3, None, "«5.10» no es un punto"),
    "temario-no-lista": (3, None, "debe ser una lista"),
    "temario-repetido": (3, None, "repite T5.09"),
}


def test_cada_fuente_mala_tiene_su_regla():
    assert {ruta.stem for ruta in MALOS.glob("*.md")} == set(ESPERADOS)


@pytest.mark.parametrize("nombre", ESPERADOS)
def test_la_fuente_mala_se_rechaza(raiz, nombre):
    linea, celda, mensaje = ESPERADOS[nombre]
    carpeta = "solutions" if nombre.startswith("lab-") else "book"
    destino = raiz / carpeta / f"{nombre}.md"
    shutil.copyfile(MALOS / f"{nombre}.md", destino)
    assert destino in fuentes.fuentes(raiz)
    with pytest.raises(ErrorFuente) as atrapado:
        fuentes.leer(destino, raiz)
    error = atrapado.value
    assert (error.linea, error.celda) == (linea, celda)
    assert mensaje in error.mensaje
    assert str(error).startswith(f"{carpeta}/{nombre}.md:{linea}")


def test_leer_da_celdas_etiquetas_lineas_y_metadatos(raiz, seccion):
    ruta = seccion("book/01-a/b.md", cabecera="temario: [T6M.01]\n")
    cuaderno = fuentes.leer(ruta, raiz)
    assert [c.cell_type for c in cuaderno.cells] == ["markdown", "code"] * 2 + ["code"]
    renglones = ruta.read_text(encoding="utf-8").splitlines()
    assert renglones[cuaderno.lineas[0] - 1] == "# Título"
    assert renglones[cuaderno.lineas[1] - 1].startswith("```{code-cell}")
    assert renglones[cuaderno.lineas[2] - 1] == "Prosa."
    assert fuentes.etiquetas(cuaderno.cells[3]) == ["pytorch"]
    assert fuentes.titulo(cuaderno) == "Título"
    assert cuaderno.metadata.temario == ["T6M.01"]
    assert cuaderno.metadata.gradiente.fuente == "book/01-a/b.md"
    assert "jupytext" not in cuaderno.metadata


def test_insertar_una_celda_no_cambia_los_identificadores_de_las_demas(raiz, seccion):
    ruta = seccion("book/b.md")
    antes = [c.id for c in fuentes.leer(ruta, raiz).cells]
    texto = ruta.read_text(encoding="utf-8")
    nueva = "```{code-cell} ipython3\nnueva = 1\n```\n\nProsa."
    ruta.write_text(texto.replace("Prosa.", f"Otra.\n\n{nueva}"), encoding="utf-8")
    despues = [c.id for c in fuentes.leer(ruta, raiz).cells]
    assert len(despues) == len(antes) + 2
    assert set(antes) <= set(despues)


def test_las_celdas_iguales_tienen_identificadores_distintos(raiz, seccion):
    celda = "```{code-cell} ipython3\n1\n```\n\n"
    cuaderno = fuentes.leer(seccion("book/b.md", cuerpo=celda * 3), raiz)
    assert len({c.id for c in cuaderno.cells}) == len(cuaderno.cells)


def test_las_fuentes_son_los_md_con_celdas(raiz, seccion):
    con_celdas = seccion("book/01-a/b.md")
    lab = seccion("solutions/01-lab.md")
    (raiz / "book" / "solo-texto.md").write_text("# Sin celdas\n", encoding="utf-8")
    (raiz / "book" / "ejemplo.md").write_text(
        "# Cómo se escribe\n\n````md\n```{code-cell} ipython3\n1\n```\n````\n",
        encoding="utf-8",
    )
    seccion("book/_ext/apartada.md")
    assert fuentes.fuentes(raiz) == [con_celdas, lab]


def test_una_seccion_genera_uno_y_un_lab_seis(raiz):
    assert fuentes.cuadernos_de("book/a/b.md", raiz) == [raiz / "book/a/b.ipynb"]
    assert [
        r.relative_to(raiz).as_posix()
        for r in fuentes.cuadernos_de("solutions/01-x.md", raiz)
    ] == [
        f"{carpeta}/01-x.{marco}.ipynb"
        for carpeta in ("solutions", "labs")
        for marco in ("pytorch", "keras", "jax")
    ]


@pytest.mark.parametrize("ruta", ["README.md", "labs/01-x.md", "book/x.ipynb"])
def test_una_fuente_fuera_de_sitio_se_rechaza(raiz, ruta):
    with pytest.raises(ErrorFuente, match="fuera de book/ y de solutions/"):
        fuentes.cuadernos_de(ruta, raiz)


def test_una_fuente_que_no_esta_en_utf8_se_rechaza(raiz, seccion):
    ruta = seccion("book/b.md")
    ruta.write_bytes("kernelspec: año".encode("latin-1"))
    with pytest.raises(ErrorFuente, match="UTF-8"):
        fuentes.leer(ruta, raiz)


def test_se_leen_las_mismas_celdas_que_lee_jupytext():
    for ruta in fuentes.fuentes():
        nuestro = fuentes.leer(ruta)
        suyo = jupytext.read(ruta, fmt="md:myst")
        assert [(c.cell_type, c.source) for c in nuestro.cells] == [
            (c.cell_type, c.source) for c in suyo.cells
        ]
        for celda, otra in zip(nuestro.cells, suyo.cells, strict=True):
            assert celda.metadata == {
                clave: valor for clave, valor in otra.metadata.items() if clave != "id"
            }
