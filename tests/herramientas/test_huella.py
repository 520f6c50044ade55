"""La huella de ejecución: de qué depende y de qué no."""

import pytest
from libro_minimo import escribir_seccion

from herramientas import derivar, entorno, huella


@pytest.fixture
def libro(raiz):
    raiz = raiz / "gradiente"  # el repositorio se llama como el paquete
    paquete = raiz / "gradiente"
    (paquete / "figuras").mkdir(parents=True)
    (paquete / "perezoso").mkdir()
    for rel, texto in {
        "__init__.py": '__version__ = "1"\n',
        "estilo.py": "from . import colores\n",
        "colores.py": "import matplotlib\n",
        "datos.py": "import sklearn\n",
        "estilo.mplstyle": "axes.grid: True\n",
        "perezoso/tabla.toml": "[mnist]\n",
        "figuras/__init__.py": "from gradiente.figuras._base import Figura\n",
        "figuras/_base.py": "class Figura: pass\n",
        "figuras/suelta.py": "",
        "perezoso/__init__.py": "def __getattr__(nombre): ...\n",
        "perezoso/dentro.py": "",
    }.items():
        (paquete / rel).write_text(texto, "utf-8")
    return raiz


@pytest.fixture
def calcular(libro):
    def calcular(codigo: str) -> str:
        cuerpo = f"```{{code-cell}}\n{codigo}\n```\n"
        ruta = escribir_seccion(libro, "book/b.md", cuerpo)
        (objetivo,) = derivar.objetivos(ruta, libro)
        return objetivo.cuaderno.metadata.gradiente.huella

    return calcular


@pytest.mark.parametrize(
    ("codigo", "archivo", "cambia"),
    [
        ("from gradiente import estilo", "estilo.py", True),
        ("from gradiente import estilo", "colores.py", True),
        ("from gradiente import estilo", "datos.py", False),
        ("from gradiente import estilo", "estilo.mplstyle", True),
        ("from gradiente.perezoso import X", "perezoso/tabla.toml", True),
        ("from gradiente import estilo", "perezoso/tabla.toml", False),
        ("from gradiente import estilo", "__init__.py", True),
        ("import gradiente.datos as d", "datos.py", True),
        ("from gradiente.figuras import Figura", "figuras/_base.py", True),
        ("from gradiente.figuras import Figura", "figuras/suelta.py", False),
        ("from gradiente.figuras.suelta import x", "figuras/suelta.py", True),
        ("from gradiente.perezoso import X", "perezoso/dentro.py", True),
        ("import numpy", "__init__.py", False),
        ("%time\nif True:\n    %pip x\n    import gradiente.datos", "datos.py", True),
        ("def f():\n    import gradiente.datos", "datos.py", True),
    ],
)
def test_cuentan_los_modulos_propios_a_los_que_se_llega(
    libro, calcular, codigo, archivo, cambia
):
    antes = calcular(codigo)
    ruta = libro / "gradiente" / archivo
    ruta.write_text(ruta.read_text("utf-8") + "# cambio\n", "utf-8")
    assert (calcular(codigo) != antes) is cambia


@pytest.mark.parametrize(
    ("codigo", "requisito", "cambia"),
    [
        ("import sklearn.linear_model", "scikit-learn==9", True),
        ("from skimage import data", "scikit_image==9", True),
        ("from PIL import Image", "Pillow==9", True),
        ("import keras", "tensorflow==9", True),
        ("import optax", "jax==9", True),
        ("x = 1", "numpy==9", True),
        ("x = 1", "torch==9", False),
        ("import torch", "torch==9", True),
        ("from gradiente import datos", "scikit-learn==9", True),
        ("import torch", "sphinx==9", False),
        ("import torch", "# torch==9", False),
    ],
)
def test_cuentan_las_versiones_de_lo_que_se_importa(
    libro, calcular, codigo, requisito, cambia
):
    antes = calcular(codigo)
    (libro / "requirements.txt").write_text(f"{requisito}\n", "utf-8")
    assert (calcular(codigo) != antes) is cambia


def test_cuentan_el_entorno_la_plantilla_y_como_se_normaliza(calcular, monkeypatch):
    vistas = {calcular("x = 1")}
    monkeypatch.setitem(entorno.ENTORNO, "TZ", "Europe/Madrid")
    vistas.add(calcular("x = 1"))
    monkeypatch.setattr(derivar, "PLANTILLA", "# otra")
    vistas.add(calcular("x = 1"))
    monkeypatch.setattr(huella, "VERSION", -1)
    vistas.add(calcular("x = 1"))
    assert len(vistas) == 4


def test_la_etiqueta_que_cambia_la_ejecucion_cuenta_y_las_demas_no(calcular):
    simple = calcular("x = 1")
    assert calcular(":tags: [hide-input, nbval-ignore-output]\nx = 1") == simple
    assert calcular(":tags: [raises-exception]\nx = 1") != simple
