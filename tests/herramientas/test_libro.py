"""`libro`: el sitio, sus cuadernos y su paquete; un aviso no pasa."""

import shutil
import zipfile

import pytest
from libro_minimo import LAB, TRES, escribir_seccion

from herramientas import cuadernos, derivar, fuentes, libro
from herramientas.errores import ErrorHerramientas

CONFIGURACION = """\
title: Prueba
only_build_toc_files: true
exclude_patterns: [gradiente, "*.md"]
execute: {execute_notebooks: "off"}
html: {baseurl: "https://ejemplo.org/"}
"""


@pytest.fixture(scope="module")
def minimo(tmp_path_factory):
    raiz = tmp_path_factory.mktemp("libro")
    escribir_seccion(raiz, "book/portada.md", TRES)
    escribir_seccion(raiz, "solutions/01-x.md", LAB)
    (raiz / "_config.yml").write_text(CONFIGURACION, "utf-8")
    (raiz / "_toc.yml").write_text(
        "format: jb-book\nroot: book/portada.ipynb\n", "utf-8"
    )
    shutil.copy(fuentes.RAIZ / "pyproject.toml", raiz)
    for nombre in ("README.md", "LICENSE"):
        (raiz / nombre).write_text("x\n", "utf-8")
    (raiz / "gradiente").mkdir()
    (raiz / "gradiente/__init__.py").write_text('__version__ = "1.2"\n', "utf-8")
    assert not cuadernos.generar(raiz=raiz).errores
    return raiz


@pytest.mark.lento
def test_el_sitio_lleva_sus_cuadernos_y_su_paquete(minimo):
    portada = libro.construir(minimo, silencio=True)
    html = portada.parent
    assert portada.is_file()
    assert "Prosa con" in (html / "book/portada.html").read_text("utf-8")
    bajadas = {r.relative_to(html).as_posix() for r in html.rglob("cuadernos/**/*.*")}
    assert bajadas == {
        f"cuadernos/{nombre}.ipynb"
        for nombre in [
            *("portada", "portada.pytorch", "portada.keras", "portada.jax"),
            *("labs/01-x.pytorch", "labs/01-x.keras", "labs/01-x.jax"),
        ]
    }
    (rueda,) = (html / "paquete").iterdir()
    assert derivar.url_paquete(minimo).endswith(f"/paquete/{rueda.name}")
    assert "gradiente/__init__.py" in zipfile.ZipFile(rueda).namelist()
    assert not (minimo / "build").exists()
    assert not list(minimo.glob("*.egg-info"))


@pytest.mark.lento
def test_un_aviso_es_un_error_y_lo_sigue_siendo_la_segunda_vez(minimo, tmp_path):
    raiz = shutil.copytree(minimo, tmp_path / "libro")
    escribir_seccion(raiz, "book/portada.md", TRES + "\n[a](#a-ninguna-parte)\n")
    assert cuadernos.generar(raiz=raiz).refrescados
    for _ in range(2):
        with pytest.raises(ErrorHerramientas, match="los avisos de arriba"):
            libro.construir(raiz, silencio=True)


def test_el_paquete_que_no_se_llama_como_piden_los_cuadernos_no_pasa(
    minimo, monkeypatch
):
    monkeypatch.setattr(derivar, "version_paquete", lambda _: "9.9")
    with pytest.raises(ErrorHerramientas, match=r"1\.2.*piden gradiente-9\.9"):
        libro.empaquetar(minimo)


def test_el_paquete_que_no_se_puede_construir_se_dice(minimo, tmp_path):
    (tmp_path / "gradiente").mkdir()
    (tmp_path / "pyproject.toml").write_text("[build-system", "utf-8")
    with pytest.raises(ErrorHerramientas, match="no se ha podido empaquetar"):
        libro.empaquetar(tmp_path)
