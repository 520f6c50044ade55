"""`sincronia`: cada archivo generado viene de su fuente, y se nota si no."""

import shutil
import time

import nbformat
import pytest
from libro_minimo import LAB, TRES, escribir_seccion

from herramientas import cuadernos, derivar, fuentes, normalizar, sincronia


@pytest.fixture(scope="module")
def libro(tmp_path_factory):
    """Un libro generado, con una sección y un lab; cada prueba usa una copia."""
    raiz = tmp_path_factory.mktemp("libro")
    escribir_seccion(raiz, "book/05-a/b.md", TRES + "\n```{code-cell}\nprint(x)\n```\n")
    escribir_seccion(raiz, "solutions/01-x.md", LAB)
    assert not cuadernos.generar(raiz=raiz).errores
    return raiz


@pytest.fixture
def copia(libro, tmp_path):
    return shutil.copytree(libro, tmp_path / "libro")


def cambiar(ruta, viejo, nuevo):
    texto = ruta.read_text("utf-8")
    assert viejo in texto
    ruta.write_text(texto.replace(viejo, nuevo), "utf-8")


def problemas(raiz) -> list[str]:
    return [str(error) for error in sincronia.comprobar(raiz)[1]]


def test_lo_recien_generado_esta_en_orden(copia):
    assert sincronia.comprobar(copia) == (7, [])


@pytest.mark.parametrize(
    ("archivo", "viejo", "nuevo", "donde", "mensaje"),
    [
        ("book/05-a/b.md", "Prosa", "Otra prosa", "book/05-a/b.ipynb", "la prosa"),
        (
            "book/05-a/b.md",
            "---\n# T",
            "minutos: 3\n---\n# T",
            "book/05-a/b",
            "metadat",
        ),
        ("book/05-a/b.md", "x = 1", "x = 2", "book/05-a/b.ipynb", "el código"),
        ("book/05-a/b.ipynb", '"1\\n"', '"2\\n"', "book/05-a/b.ipynb", "a mano"),
        ("book/05-a/b.ipynb", "Prosa", "Otra", "book/05-a/b.ipynb", "a mano"),
        ("book/05-a/b.ipynb", '"x = 1"', '"x = 2"', "book/05-a/b.ipynb", "a mano"),
        ("book/05-a/b.ipynb", '"nbformat": 4,', "", "book/05-a/b.ipynb", "a mano"),
        ("book/05-a/b.ipynb", '{\n "cells"', '{\n<<< "c"', "book/05-a/b", "JSON"),
        ("labs/01-x.jax.ipynb", "suma(1, 2)", "3", "labs/01-x.jax.ipynb", "no es lo"),
        ("solutions/01-x.md", "total", "todo", "solutions/01-x.jax", "el código"),
        ("solutions/01-x.md", "Revisa", "Mira", "labs/01-x.jax.ipynb", "no es lo"),
    ],
)
def test_lo_que_no_viene_de_su_fuente_se_detecta(
    copia, archivo, viejo, nuevo, donde, mensaje
):
    cambiar(copia / archivo, viejo, nuevo)
    hallados = [p for p in problemas(copia) if p.startswith(donde)]
    assert any(mensaje in p for p in hallados), problemas(copia)
    assert all("make cuadernos" in p or "python -m" in p for p in hallados)


def test_un_cambio_en_un_marco_del_lab_no_acusa_a_los_demas(copia):
    cambiar(copia / "solutions/01-x.md", 'marco = "jax"', 'marco = "Jax"')
    assert {p.partition(":")[0] for p in problemas(copia)} == {
        "labs/01-x.jax.ipynb",
        "solutions/01-x.jax.ipynb",
    }


def test_resellar_una_celda_cambiada_no_basta(copia):
    ruta = copia / "book/05-a/b.ipynb"
    cuaderno = nbformat.read(ruta, as_version=4)
    cuaderno.cells[2].source = "x = 5"
    normalizar.escribir(normalizar.sellar(cuaderno), ruta)
    assert ["la prosa o los metadatos" in p for p in problemas(copia)] == [True]


def test_la_version_fijada_cuenta(copia):
    (copia / "requirements.txt").write_text("numpy==0.0.1\n", "utf-8")
    assert len([p for p in problemas(copia) if "las versiones fijadas" in p]) == 4


def test_faltan_y_sobran_cuadernos(copia):
    (copia / "labs/01-x.keras.ipynb").unlink()
    shutil.copy(copia / "book/05-a/b.ipynb", copia / "book/05-a/huerfano.ipynb")
    (copia / "book/05-a/.ipynb_checkpoints").mkdir()
    shutil.copy(copia / "book/05-a/b.ipynb", copia / "book/05-a/.ipynb_checkpoints/")
    shutil.copy(copia / "solutions/01-x.md", copia / "labs/01-x.md")
    falta, sobra, fuera = sorted(problemas(copia), key=lambda p: "falta" not in p)
    assert falta.startswith("labs/01-x.keras.ipynb: falta")
    assert sobra.startswith("book/05-a/huerfano.ipynb: sobra")
    assert fuera.startswith("labs/01-x.md: labs/ solo tiene archivos generados")


def test_dos_fuentes_con_la_misma_descarga(copia):
    shutil.copy(copia / "book/05-a/b.md", copia / "book/05-a/b.jax.md")
    assert any("que ya genera book/05-a/b" in p for p in problemas(copia))


def test_una_fuente_mala_se_dice(copia):
    cambiar(copia / "book/05-a/b.md", "[pytorch]", "[torch]")
    (problema,) = problemas(copia)
    assert problema.startswith("book/05-a/b.md:12 (celda 3): etiqueta desconocida")


def test_la_orden_dice_lo_que_pasa_y_sale_con_error(copia, capsys):
    from herramientas.__main__ import main

    assert main([f"--raiz={copia}", "sincronia"]) == 0
    assert "7 cuadernos vienen de su fuente" in capsys.readouterr().out
    (copia / "labs/01-x.jax.ipynb").unlink()
    assert main([f"--raiz={copia}", "sincronia"]) == 1
    assert "1 problemas en 7 cuadernos" in capsys.readouterr().out


def test_cien_cuadernos_en_menos_de_cinco_segundos(raiz):
    """Cien copias de la sección más larga del libro, con figuras guardadas."""
    secciones = [
        r for r in fuentes.fuentes() if r.is_relative_to(fuentes.RAIZ / "book")
    ]
    larga = max(secciones, key=lambda ruta: ruta.stat().st_size)
    shutil.copytree(
        fuentes.RAIZ / "gradiente",
        raiz / "gradiente",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    shutil.copy(larga, raiz / "book/modelo.md")
    (objetivo,) = derivar.objetivos("book/modelo.md", raiz)
    modelo = objetivo.cuaderno
    figura = nbformat.v4.new_output(
        "display_data", {"image/png": "A" * 30_000, "text/plain": "<Figure>"}
    )
    codigo = [celda for celda in modelo.cells if celda.cell_type == "code"]
    for k, celda in enumerate(codigo, start=1):
        celda.execution_count = k
        celda.outputs = [figura] if k % 5 == 0 else []
    (raiz / "book/modelo.md").unlink()
    for n in range(100):
        modelo.metadata.gradiente.fuente = f"book/s{n}.md"
        shutil.copy(larga, raiz / f"book/s{n}.md")
        normalizar.escribir(normalizar.sellar(modelo), raiz / f"book/s{n}.ipynb")
    cambiar(raiz / "book/s57.md", "\n# ", "\n# Otro ")
    # Tiempo de procesador: el de reloj mediría también lo que haga el resto.
    inicio = time.process_time()
    total, errores = sincronia.comprobar(raiz)
    segundos = time.process_time() - inicio
    assert (total, [e.archivo for e in errores]) == (100, ["book/s57.ipynb"])
    assert segundos < 5, f"{segundos:.1f} s"
