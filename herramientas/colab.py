"""Pone al día las versiones de Colab: `python -m herramientas.colab LISTA`.

LISTA es la salida pública de `pip freeze` de Colab. Cada versión fijada en
`constraints/colab.txt` se cambia por la de la lista; lo demás se deja igual.
Lo usa la comprobación semanal.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from herramientas.errores import ErrorHerramientas
from herramientas.fuentes import RAIZ

_FIJADA = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)")
# `torch @ https://…/torch-2.1.0%2Bcu118-cp310-….whl`: la versión, en el archivo.
_DE_RUEDA = re.compile(
    r"^([A-Za-z0-9._-]+) @ \S*/[^/-]+-([0-9][\w.]*)(?:%2B|\+|-)\S*\.whl"
)


def _nombre(texto: str) -> str:
    """Nombre normalizado de un paquete (PEP 503)."""
    return re.sub(r"[-_.]+", "-", texto).lower()


def versiones(lista: str) -> dict[str, str]:
    """Versión de cada paquete de un `pip freeze`, sin la parte local (`+cu128`)."""
    halladas = (
        _FIJADA.match(linea) or _DE_RUEDA.match(linea) for linea in lista.splitlines()
    )
    return {_nombre(h[1]): h[2].split("+")[0] for h in halladas if h}


def poner_al_dia(restricciones: str, lista: str) -> tuple[str, list[str]]:
    """Restricciones con las versiones de la lista, y los cambios hechos.

    Lanza `ErrorHerramientas` si la lista no trae las bibliotecas principales: entonces
    no es la de Colab, o ha cambiado de formato.
    """
    de_colab = versiones(lista)
    faltan = [n for n in ("numpy", "torch", "keras", "jax") if n not in de_colab]
    if faltan:
        raise ErrorHerramientas(
            f"la lista no trae {', '.join(faltan)}: no parece la de Colab; comprueba "
            "la dirección de la que se descarga"
        )
    lineas, cambios = [], []
    for linea in restricciones.splitlines():
        fijada = _FIJADA.match(linea)
        nueva = de_colab.get(_nombre(fijada[1])) if fijada else None
        if nueva and nueva != fijada[2]:
            cambios.append(f"{fijada[1]} {fijada[2]} -> {nueva}")
            linea = f"{fijada[1]}=={nueva}{linea[fijada.end() :]}"
        lineas.append(linea)
    return "\n".join(lineas) + "\n", cambios


def main(argumentos: list[str] | None = None) -> int:
    """Cambia el archivo de restricciones y dice qué ha cambiado."""
    analizador = argparse.ArgumentParser(description=__doc__)
    analizador.add_argument("lista", type=Path, help="pip freeze de Colab")
    analizador.add_argument(
        "restricciones",
        type=Path,
        nargs="?",
        default=RAIZ / "constraints" / "colab.txt",
        help="archivo que se cambia (por omisión, constraints/colab.txt)",
    )
    args = analizador.parse_args(argumentos)
    try:
        texto, cambios = poner_al_dia(
            args.restricciones.read_text(encoding="utf-8"),
            args.lista.read_text(encoding="utf-8"),
        )
    except (ErrorHerramientas, OSError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    args.restricciones.write_text(texto, encoding="utf-8")
    print("\n".join(cambios) or "Las versiones ya eran las de Colab.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
