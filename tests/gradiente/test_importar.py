"""Lo que cuesta importar ``gradiente``, y lo que ocupa."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import gradiente

MARCOS = ("torch", "tensorflow", "keras", "jax", "flax", "optax")
PESADAS = ("sklearn", "skimage", "networkx", "statsmodels", "pandas", "matplotlib")


def modulos(codigo: str) -> set[str]:
    """Devuelve los paquetes importados tras ejecutar ``codigo`` en otro proceso."""
    codigo += "\nimport sys; print(*{m.split('.')[0] for m in sys.modules})"
    orden = [sys.executable, "-c", codigo]
    return set(
        subprocess.run(orden, check=True, capture_output=True, text=True).stdout.split()
    )


def test_importar_no_importa_ningun_marco_ni_nada_que_tarde():
    importados = modulos("from gradiente import datos, estilo")
    assert not importados & {*MARCOS, *PESADAS}


def test_cargar_los_incluidos_no_importa_ningun_marco():
    codigo = (
        "from gradiente import datos, estilo\nestilo.aplicar()\n"
        "for f in datos.catalogo():\n"
        "    if f.incluida:\n"
        "        getattr(datos, f.nombre, lambda: datos.imagen(f.nombre))()"
    )
    assert not modulos(codigo) & set(MARCOS)


def test_sin_las_figuras_no_llega_a_mil_lineas():
    raiz = Path(gradiente.__file__).parent
    archivos = [a for a in raiz.rglob("*.py") if "figuras" not in a.parts]
    assert len(archivos) >= 6
    assert sum(len(a.read_text("utf-8").splitlines()) for a in archivos) < 1000


def test_la_version():
    assert gradiente.__version__ == "0.1.0"
