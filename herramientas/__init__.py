"""Herramientas de autoría de Gradiente: generar, ejecutar, normalizar y comprobar."""

from pathlib import Path

#: Raíz del repositorio.
RAIZ = Path(__file__).resolve().parents[1]
