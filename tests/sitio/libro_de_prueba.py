"""Libros diminutos con la configuración del libro de verdad, para probar el sitio."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

RAIZ = Path(__file__).resolve().parents[2]


def celda(codigo: str, *etiquetas: str, imprime: str = "") -> nbformat.NotebookNode:
    """Devuelve una celda de código ya ejecutada."""
    salidas = [new_output("stream", name="stdout", text=imprime)] if imprime else []
    return new_code_cell(
        codigo, metadata={"tags": list(etiquetas)}, outputs=salidas, execution_count=1
    )


def cuaderno(*celdas: nbformat.NotebookNode | str) -> nbformat.NotebookNode:
    """Devuelve un cuaderno; las cadenas son celdas de texto."""
    return new_notebook(
        metadata={
            "kernelspec": {
                "display_name": "Python 3",
                "language": "python",
                "name": "python3",
            },
            "language_info": {"name": "python", "pygments_lexer": "ipython3"},
        },
        cells=[new_markdown_cell(c) if isinstance(c, str) else c for c in celdas],
    )


SECCION = [
    """# Sección de prueba

Hay 60 000 imágenes; `print(60 000)` no es Python. Un filtro de $3\\times3$ basta.

| Filtro |
|---|
| $3\\times3$ |

Una ecuación dentro del texto, $z \\in \\mathbb R$, y otra numerada:

$$
\\sigma(z) = \\frac{1}{1 + e^{-z}}
$$ (eq-sigma)

Véase {eq}`eq-sigma`.

## Tres marcos""",
    celda("p_pt = 1", "pytorch", imprime="uno en PyTorch\n"),
    celda("p_ks = 1", "keras", imprime="uno en Keras\n"),
    celda("p_jx = 1", "jax", imprime="uno en JAX\n"),
    celda(
        "comparar()", "acuerdo", imprime="Coinciden (tolerancia 1e-6)\ny otra línea\n"
    ),
    "Y un grupo de dos:",
    celda("otra = 2", "pytorch"),
    celda("otra = 2", "jax"),
    "## Ejercicio",
    """```{exercise} Suma
:label: ej-suma

¿Cuánto es uno más uno?
```

```{solution-start} ej-suma
:label: sol-suma
:class: dropdown
```""",
    celda("1 + 1".ljust(88, "#"), imprime="2\n"),
    """```{solution-end}
```""",
]


def escribir(carpeta: Path, paginas: dict[str, nbformat.NotebookNode | str]) -> Path:
    """Escribe un libro con esas páginas (la primera es la portada) y lo devuelve."""
    carpeta.mkdir(parents=True, exist_ok=True)
    configuracion = yaml.safe_load((RAIZ / "_config.yml").read_text("utf-8"))
    (carpeta / "_config.yml").write_text(
        yaml.safe_dump(configuracion, allow_unicode=True), "utf-8"
    )
    nombres = list(paginas)
    indice = {
        "format": "jb-book",
        "root": nombres[0],
        "parts": [
            {"caption": "Una parte", "chapters": [{"file": n} for n in nombres[1:]]}
        ],
    }
    if not nombres[1:]:
        del indice["parts"]
    (carpeta / "_toc.yml").write_text(yaml.safe_dump(indice), "utf-8")
    (carpeta / "book").mkdir(exist_ok=True)
    for compartida in ("_ext", "_static", "_templates", "_locale"):
        enlace = carpeta / "book" / compartida
        if not enlace.exists():
            enlace.symlink_to(RAIZ / "book" / compartida)
    (carpeta / "book" / "referencias.bib").write_text("", "utf-8")
    for nombre, contenido in paginas.items():
        ruta = carpeta / nombre
        ruta.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(contenido, str):
            ruta.write_text(contenido, "utf-8")
        else:
            nbformat.write(contenido, ruta)
    return carpeta


def construir(carpeta: Path, formato: str = "html") -> subprocess.CompletedProcess:
    """Construye un libro como se construye el de verdad y devuelve cómo acabó."""
    orden = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()"]
    orden += ["build", str(carpeta)]
    orden += ["-W", "--keep-going"]
    if formato != "html":
        orden += ["--builder", "custom", "--custom-builder", formato]
    rutas = [os.environ.get("PYTHONPATH"), str(RAIZ)]
    ruta = os.pathsep.join(filter(None, rutas))
    entorno = {**os.environ, "PYTHONPATH": ruta, "NO_COLOR": "1"}
    return subprocess.run(
        orden, env=entorno, capture_output=True, text=True, timeout=300
    )
