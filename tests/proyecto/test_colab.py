"""Las versiones de Colab se ponen al día desde su lista pública."""

from __future__ import annotations

import pytest

from herramientas import colab
from herramientas.errores import ErrorHerramientas

LISTA = """\
absl-py==1.4.0
jax==0.9.0
keras==3.14.0
numpy==2.3.0
scikit_learn==1.8.0
torch==2.12.0+cu130
"""
RESTRICCIONES = """\
# versiones de Colab
numpy==2.1.3
scikit-learn==1.6.1
torch==2.11.0
jax==0.9.0
nbclient==0.11.0  # no viene en Colab
"""


def test_cambia_solo_lo_que_colab_trae():
    texto, cambios = colab.poner_al_dia(RESTRICCIONES, LISTA)
    assert texto.splitlines() == [
        "# versiones de Colab",
        "numpy==2.3.0",
        "scikit-learn==1.8.0",
        "torch==2.12.0",
        "jax==0.9.0",
        "nbclient==0.11.0  # no viene en Colab",
    ]
    assert cambios == [
        "numpy 2.1.3 -> 2.3.0",
        "scikit-learn 1.6.1 -> 1.8.0",
        "torch 2.11.0 -> 2.12.0",
    ]


@pytest.mark.parametrize(
    ("linea", "version"),
    [
        ("torch==2.11.0+cu128", "2.11.0"),
        (
            "torch @ https://download.pytorch.org/whl/cu118/"
            "torch-2.1.0%2Bcu118-cp310-cp310-linux_x86_64.whl#sha256=a81b55",
            "2.1.0",
        ),
        ("torch @ https://example.org/torch-2.1.0+cpu-py3-none-any.whl", "2.1.0"),
        ("torch @ https://example.org/torch-2.1.0-py3-none-any.whl", "2.1.0"),
    ],
)
def test_entiende_las_dos_maneras_de_fijar_una_version(linea, version):
    assert colab.versiones(linea) == {"torch": version}


@pytest.mark.parametrize(
    "linea",
    [
        "google-colab @ file:///colabtools/dist/google_colab-1.0.0.tar.gz",
        "puerta @ git+https://example.org/kernel_gateway@b134e9945df25c2dcb98",
        "# torch==1.0",
    ],
)
def test_de_lo_demas_no_saca_ninguna_version(linea):
    assert colab.versiones(linea) == {}


def test_una_lista_que_no_es_de_colab_es_un_error():
    with pytest.raises(ErrorHerramientas, match="no trae numpy, torch"):
        colab.poner_al_dia(RESTRICCIONES, "<html>404</html>")


def test_la_orden_cambia_el_archivo_y_lo_cuenta(tmp_path, capsys):
    lista, restricciones = tmp_path / "lista.txt", tmp_path / "colab.txt"
    lista.write_text(LISTA)
    restricciones.write_text(RESTRICCIONES)
    assert colab.main([str(lista), str(restricciones)]) == 0
    assert "torch 2.11.0 -> 2.12.0" in capsys.readouterr().out
    assert colab.main([str(lista), str(restricciones)]) == 0
    assert "ya eran" in capsys.readouterr().out


def test_si_falta_la_lista_no_toca_nada(tmp_path, capsys):
    restricciones = tmp_path / "colab.txt"
    restricciones.write_text(RESTRICCIONES)
    assert colab.main([str(tmp_path / "no.txt"), str(restricciones)]) == 1
    assert restricciones.read_text() == RESTRICCIONES
    assert "Error" in capsys.readouterr().err
