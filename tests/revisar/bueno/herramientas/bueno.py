"""Una herramienta que conoce las carpetas."""

from pathlib import Path

RAIZ = Path(__file__).parent
