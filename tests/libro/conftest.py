"""Pone `tests/` al alcance de las pruebas, que importan `paginas` de ahí."""

import sys
from pathlib import Path

from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parents[1]))

# Los mismos casos en toda máquina, y sin límite de tiempo por caso: con la máquina
# ocupada, el primero puede tardar más que todos los demás juntos.
settings.register_profile("libro", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("libro")
