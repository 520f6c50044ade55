"""Una copia del proyecto con un libro mínimo, para estropearla."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from herramientas.__main__ import main
from herramientas.fuentes import RAIZ

MINIMO = Path(__file__).parent / "minimo"
EJECUTAN = {"cuadernos", "validar"}
SECCION = "book/05-minima/seccion"
# Lo que las órdenes necesitan además del libro.
DEL_PROYECTO = ("herramientas", "gradiente", "pyproject.toml", "requirements.txt")


@dataclass(frozen=True)
class Copia:
    """Un proyecto desechable sobre el que dar órdenes."""

    raiz: Path

    @property
    def fuente(self) -> Path:
        """El `.md` de su única sección."""
        return self.raiz / f"{SECCION}.md"

    @property
    def cuaderno(self) -> Path:
        """El `.ipynb` generado."""
        return self.raiz / f"{SECCION}.ipynb"

    def cambiar(self, archivo: Path, viejo: str, nuevo: str) -> None:
        """Cambia un texto, que debe estar."""
        texto = archivo.read_text(encoding="utf-8")
        assert viejo in texto, f"«{viejo}» no está en {archivo.name}"
        archivo.write_text(texto.replace(viejo, nuevo, 1), encoding="utf-8")

    def ordenar(self, *orden: str) -> tuple[int, str]:
        """Código de salida y mensajes de `herramientas ORDEN` sobre la copia.

        Lo que solo lee corre en este mismo proceso, que ya tiene todo importado; lo que
        ejecuta cuadernos, en otro y con las herramientas de la copia.
        """
        if orden[0] not in EJECUTAN:
            salida = io.StringIO()
            with redirect_stdout(salida), redirect_stderr(salida):
                codigo = main([f"--raiz={self.raiz}", *orden])
            return codigo, salida.getvalue()
        limpio = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        hecho = subprocess.run(
            [sys.executable, "-m", "herramientas", *orden],
            cwd=self.raiz,
            env=limpio,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        return hecho.returncode, hecho.stdout + hecho.stderr


@pytest.fixture(scope="session")
def molde(tmp_path_factory) -> Copia:
    """El libro mínimo con su cuaderno generado: se hace una vez y no se toca."""
    raiz = tmp_path_factory.mktemp("molde")
    shutil.copytree(MINIMO, raiz, dirs_exist_ok=True)
    sin_cache = shutil.ignore_patterns("__pycache__")
    for nombre in (*DEL_PROYECTO, "_config.yml"):
        origen = RAIZ / nombre
        if origen.is_dir():
            shutil.copytree(origen, raiz / nombre, ignore=sin_cache)
        else:
            shutil.copy(origen, raiz / nombre)
    copia = Copia(raiz)
    codigo, salida = copia.ordenar("cuadernos", "-j", "1")
    assert codigo == 0, salida
    return copia


@pytest.fixture
def copia(molde, tmp_path) -> Copia:
    """Una copia del molde para una sola prueba."""
    shutil.copytree(molde.raiz, tmp_path, dirs_exist_ok=True)
    return Copia(tmp_path)
