"""Cuadernos de un solo marco y labs: qué queda y qué no."""

import nbformat
import pytest
from libro_minimo import LAB, TRES

from herramientas import cuadernos, derivar, fuentes
from herramientas.errores import ErrorFuente, ErrorHerramientas


def codigos(cuaderno) -> list[str]:
    return [c.source for c in cuaderno.cells if c.cell_type == "code"]


@pytest.fixture
def configurada(raiz):
    """Raíz con la dirección del sitio y la versión del paquete."""
    (raiz / "_config.yml").write_text(
        "html: {baseurl: https://ejemplo.org/libro/}\n", "utf-8"
    )
    (raiz / "gradiente").mkdir()
    (raiz / "gradiente/__init__.py").write_text('__version__ = "1.2"\n', "utf-8")
    return raiz


@pytest.mark.parametrize(
    ("marco", "queda"), [("pytorch", "r_pt"), ("keras", "r_ks"), ("jax", "r_jx")]
)
def test_solo_un_marco(configurada, seccion, marco, queda):
    ruta = seccion("book/05-a/b.md", cuerpo=TRES, titulo="Regresión")
    entero = fuentes.leer(ruta, configurada)
    derivado = derivar.solo_marco(entero, marco, configurada)
    nbformat.validate(derivado)
    preparacion, comun, propio = codigos(derivado)
    assert 'setdefault("KERAS_BACKEND", "tensorflow")' in preparacion
    assert "https://ejemplo.org/libro/paquete/gradiente-1.2-py3-none-any.whl" in (
        preparacion
    )
    assert (comun, propio) == ("x = 1", f"{queda} = x")
    nota = derivado.cells[0].source
    assert derivado.cells[0].cell_type == "markdown"
    assert f"Solo {derivar.NOMBRES[marco]}" in nota
    assert "[Regresión](https://ejemplo.org/libro/book/05-a/b.html)" in nota
    assert "# Regresión" in derivado.cells[1].source
    assert derivado.metadata.gradiente == {"fuente": "book/05-a/b.md", "marco": marco}
    assert len(entero.cells) == 6, "el original no se toca"


def test_de_un_cuaderno_ejecutado_sale_lo_mismo_que_de_su_fuente(raiz, seccion):
    ruta = seccion("book/b.md", cuerpo=TRES)
    cuadernos.generar(raiz=raiz)
    guardado = nbformat.read(raiz / "book/b.ipynb", as_version=4)
    de_fuente = derivar.solo_marco(fuentes.leer(ruta, raiz), "jax", raiz)
    assert derivar.solo_marco(guardado, "jax", raiz) == de_fuente


def test_el_derivado_no_lleva_salidas_y_se_ejecuta(raiz, seccion):
    import asyncio

    from herramientas.ejecutar import ejecutar_cuaderno

    ruta = seccion("book/b.md", cuerpo=TRES + "\n```{code-cell}\nprint(x)\n```\n")
    derivado = derivar.solo_marco(fuentes.leer(ruta, raiz), "keras", raiz)
    assert all(not c.outputs for c in derivado.cells if c.cell_type == "code")
    nada = (None,) * len(derivado.cells)
    objetivo = derivar.Objetivo(
        "book/b.md", raiz / "book/b.keras.ipynb", derivado, nada, nada, nada, True
    )
    hecho, _ = asyncio.run(ejecutar_cuaderno(objetivo, raiz))
    assert hecho.cells[-1].outputs[0].text == "1\n"


def test_la_preparacion_no_imprime_nada_ni_pisa_el_entorno(raiz, monkeypatch, capsys):
    import os

    monkeypatch.setenv("KERAS_BACKEND", "torch")
    monkeypatch.delenv("TF_FORCE_GPU_ALLOW_GROWTH", raising=False)
    vacio = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])
    exec(derivar.con_preparacion(vacio, raiz).cells[0].source, {})
    assert os.environ["KERAS_BACKEND"] == "torch"
    assert os.environ["TF_FORCE_GPU_ALLOW_GROWTH"] == "true"
    monkeypatch.delenv("TF_FORCE_GPU_ALLOW_GROWTH")
    assert capsys.readouterr().out == ""


def test_en_colab_la_preparacion_instala_gradiente_si_falta(configurada, monkeypatch):
    import importlib.util
    import sys

    ordenes = []

    class Consola:
        def run_line_magic(self, *args):
            ordenes.append(args)

    monkeypatch.setitem(sys.modules, "google.colab", object())
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    vacio = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])
    codigo = derivar.con_preparacion(vacio, configurada).cells[0].source
    exec(codigo, {"get_ipython": Consola})
    url = "https://ejemplo.org/libro/paquete/gradiente-1.2-py3-none-any.whl"
    assert ordenes == [("pip", f"install -q --no-deps {url}")]


def test_cambiar_la_direccion_del_sitio_no_cambia_la_huella(configurada, seccion):
    ruta = seccion("book/b.md")
    (antes,) = derivar.objetivos(ruta, configurada)
    (configurada / "_config.yml").write_text(
        "html: {baseurl: https://otra.org}\n", "utf-8"
    )
    (despues,) = derivar.objetivos(ruta, configurada)
    assert "https://otra.org/paquete/" in codigos(despues.cuaderno)[0]
    huellas = {o.cuaderno.metadata.gradiente.huella for o in (antes, despues)}
    assert len(huellas) == 1


def test_de_un_lab_salen_soluciones_ejecutadas_y_cuadernos_del_alumno(raiz, seccion):
    seccion("solutions/01-x.md", cuerpo=LAB)
    resultado = cuadernos.generar(raiz=raiz)
    assert not resultado.errores
    assert len(resultado.ejecutados) == len(resultado.refrescados) == 3
    for marco in fuentes.MARCOS:
        resuelto = nbformat.read(raiz / f"solutions/01-x.{marco}.ipynb", as_version=4)
        alumno = nbformat.read(raiz / f"labs/01-x.{marco}.ipynb", as_version=4)
        for cuaderno in (resuelto, alumno):
            nbformat.validate(cuaderno)
            assert cuaderno.metadata.accelerator == "GPU"
            assert cuaderno.metadata.colab == {"gpuType": "T4", "provenance": []}
            assert codigos(cuaderno)[1] == f'marco = "{marco}"'
            assert len(codigos(cuaderno)) == 4
            assert cuaderno.cells[-1].metadata.nbgrader.points == 2
        assert resuelto.cells[-1].outputs[0].text == f"{marco}\n"
        assert "### BEGIN SOLUTION" in codigos(resuelto)[2]
        assert codigos(alumno)[2] == (
            "def suma(a, b):\n"
            "    # TU CÓDIGO AQUÍ\n"
            '    raise NotImplementedError("Completa esta celda: suma")\n'
            "\n"
            "# TU CÓDIGO AQUÍ\n"
            'raise NotImplementedError("Completa esta celda: suma")'
        )
        assert "total" not in str(alumno)
        assert all(
            not c.outputs and c.execution_count is None
            for c in alumno.cells
            if c.cell_type == "code"
        )


def test_retocar_un_lab_en_un_marco_solo_ejecuta_ese(raiz, seccion):
    ruta = seccion("solutions/01-x.md", cuerpo=LAB)
    cuadernos.generar(raiz=raiz)
    texto = ruta.read_text("utf-8").replace('marco = "jax"', 'marco = "Jax"')
    ruta.write_text(texto, "utf-8")
    assert cuadernos.generar(raiz=raiz).ejecutados == ["solutions/01-x.jax.ipynb"]


def test_derivar_escribe_lo_que_ofrece_el_sitio_y_borra_lo_demas(raiz, seccion):
    seccion("book/05-a/b.md", cuerpo=TRES)
    seccion("book/portada.md", cuerpo="```{code-cell}\n1\n```\n")
    seccion("solutions/01-x.md", cuerpo=LAB)
    cuadernos.generar(raiz=raiz)
    salida = raiz / "_build/cuadernos"
    salida.mkdir(parents=True)
    (salida / "viejo.ipynb").write_text("{}", "utf-8")
    derivar.derivar(salida, raiz)
    assert sorted(r.relative_to(salida).as_posix() for r in salida.rglob("*.*")) == [
        "05-a/b.ipynb",
        "05-a/b.jax.ipynb",
        "05-a/b.keras.ipynb",
        "05-a/b.pytorch.ipynb",
        "labs/01-x.jax.ipynb",
        "labs/01-x.keras.ipynb",
        "labs/01-x.pytorch.ipynb",
        "portada.ipynb",
    ]
    completo = nbformat.read(salida / "05-a/b.ipynb", as_version=4)
    guardado = nbformat.read(raiz / "book/05-a/b.ipynb", as_version=4)
    assert guardado.metadata.gradiente.pop("sello")
    assert completo == guardado
    alumno = (salida / "labs/01-x.jax.ipynb").read_bytes()
    assert alumno == (raiz / "labs/01-x.jax.ipynb").read_bytes()


def test_derivar_dice_que_falta_por_generar(raiz, seccion):
    seccion("book/b.md")
    with pytest.raises(ErrorHerramientas, match=r"book/b\.ipynb: falta; .*make"):
        derivar.derivar(raiz / "_build/cuadernos", raiz)


def test_dos_fuentes_no_pueden_dar_la_misma_descarga(raiz, seccion):
    seccion("book/b.md", cuerpo=TRES)
    seccion("book/b.jax.md", cuerpo="```{code-cell}\n1\n```\n")
    cuadernos.generar(raiz=raiz)
    with pytest.raises(ErrorFuente, match=r"b\.jax\.ipynb, que ya genera"):
        derivar.derivar(raiz / "_build/cuadernos", raiz)
