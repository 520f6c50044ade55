"""El sitio construido y servido en local. Si no se construye, se falla."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import servir
from libro_de_prueba import RAIZ, SECCION, celda, construir, cuaderno, escribir


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Cada archivo, entero en un proceso; la auditoría se reparte por tandas."""
    for item in items:
        aqui = item.path.parent == Path(__file__).parent
        if aqui and "tanda" not in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


@pytest.fixture(scope="session")
def sitio(testrun_uid: str) -> Path:
    """El sitio de verdad, construido; con ``GRADIENTE_SITIO`` se usa uno ya hecho."""
    if hecho := os.environ.get("GRADIENTE_SITIO"):
        ruta = Path(hecho).resolve()
        if not (ruta / "search.html").exists():
            pytest.fail(f"GRADIENTE_SITIO={hecho} no es un sitio construido.")
        return ruta
    (RAIZ / "_build").mkdir(exist_ok=True)
    # Con varios procesos construye el primero que llega; los demás esperan y lo usan.
    with (RAIZ / "_build" / "candado").open("a+") as candado:
        fcntl.flock(candado, fcntl.LOCK_EX)
        candado.seek(0)
        if candado.read() == testrun_uid:
            return RAIZ / "_build" / "html"
        final = subprocess.run(
            [sys.executable, "-m", "herramientas", "libro"],
            cwd=RAIZ,
            capture_output=True,
            text=True,
        )
        if final.returncode:
            pytest.fail(
                "El libro no se construye:\n" + (final.stdout + final.stderr)[-6000:],
                pytrace=False,
            )
        candado.truncate(0)
        candado.write(testrun_uid)
    return RAIZ / "_build" / "html"


@pytest.fixture(scope="session")
def direccion(sitio: Path) -> Iterator[str]:
    """Dirección local del sitio."""
    with servir(sitio) as url:
        yield url


@pytest.fixture(scope="session")
def libro_bueno(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Un libro de tres páginas con todo lo que la extensión añade."""
    carpeta = escribir(
        tmp_path_factory.mktemp("libro"),
        {
            "book/portada.md": "# Portada\n\nUn libro de prueba.\n",
            "book/01-parte/seccion.ipynb": cuaderno(*SECCION),
            "book/01-parte/otra.ipynb": cuaderno(
                "# Otra sección\n\n$$a = b$$ (eq-otra)\n\n{eq}`eq-otra`",
                "```{exercise} Resta\n:label: ej-resta\n\n¿Y uno menos uno?\n```",
                celda("a = 1", "keras"),
                celda("a = 1", "jax"),
            ),
            "book/01-parte/lab.md": "# Laboratorio\n\n```{lab} 01-prueba\n```\n",
        },
    )
    (carpeta / "labs").mkdir()
    for marco in ("pytorch", "keras", "jax"):
        (carpeta / "labs" / f"01-prueba.{marco}.ipynb").write_text("{}", "utf-8")
    final = construir(carpeta)
    assert final.returncode == 0, final.stdout[-3000:] + final.stderr
    return carpeta


DEFECTOS = {
    "celda": "::::{tab-set}\n:::{tab-item} A\n```{code-cell}\n1\n```\n:::\n::::",
    "formula": "$\\fraccion{1}{2}$",
    "acuerdo": celda("assert True", "acuerdo"),
    "lab": "```{lab} 99-nada\n```",
    "referencia": "Véase {eq}`no-existe`.",
}


@pytest.fixture(scope="session")
def avisos(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Construye un libro con una página por defecto: lo que se dice de cada una."""
    paginas = {"book/portada.md": "# Portada\n"}
    for nombre, defecto in DEFECTOS.items():
        paginas[f"book/01-parte/{nombre}.ipynb"] = cuaderno(f"# De {nombre}", defecto)
    final = construir(escribir(tmp_path_factory.mktemp("malo"), paginas))
    assert final.returncode != 0, "la construcción debía fallar y ha ido bien"
    return {
        nombre: "\n".join(
            linea
            for linea in final.stderr.splitlines()
            if f"01-parte/{nombre}.ipynb" in linea
        )
        for nombre in DEFECTOS
    }
