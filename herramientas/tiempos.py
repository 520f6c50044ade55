"""Lo que tardó cada cuaderno: `_build/tiempos.json`, que no se versiona.

Lo anotan `cuadernos` y `validar`; lo enseña la página «Estado».
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from herramientas.normalizar import escribir

TIEMPOS = Path("_build") / "tiempos.json"


def anotar(raiz: Path, segundos: Mapping[str, float]) -> None:
    """Anota los segundos de cada cuaderno, por su ruta relativa; conserva los demás.

    Un archivo dañado se rehace: son medidas, y se vuelven a tomar.
    """
    ruta = raiz / TIEMPOS
    try:
        tiempos = json.loads(ruta.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        tiempos = {}
    tiempos |= {rel: round(valor, 1) for rel, valor in segundos.items()}
    orden = dict(sorted(tiempos.items()))
    escribir(json.dumps(orden, ensure_ascii=False, indent=1) + "\n", ruta)
