"""`python -m herramientas ORDEN`: la puerta de todas las herramientas."""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

from herramientas import RAIZ
from herramientas.errores import ErrorHerramientas

ORDENES = {
    "cuadernos": "ejecuta las fuentes que cambiaron y guarda sus cuadernos",
    "sincronia": "comprueba, sin ejecutar, que cada cuaderno viene de su fuente",
    "revisar": "comprueba la higiene de fuentes y salidas",
    "derivar": "escribe los cuadernos de un solo marco y los de los labs",
    "entorno": "imprime el entorno de referencia o ejecuta una orden en él",
    "libro": "construye el sitio completo",
    "ortografia": "revisa la ortografía de la prosa",
    "enlaces": "comprueba los enlaces externos",
    "estado": "mide lo que enseña la página «Estado»",
    "temario": "dice qué puntos del temario están cubiertos",
    "derivados": "ejecuta los cuadernos de un solo marco",
    "validar": "repite cada cuaderno y compara sus salidas (nbval)",
}


def main(argumentos: list[str] | None = None) -> int:
    """Ejecuta la orden y devuelve su código de salida."""
    argumentos = sys.argv[1:] if argumentos is None else argumentos
    analizador = argparse.ArgumentParser(
        prog="python -m herramientas", description=__doc__
    )
    analizador.add_argument(
        "--raiz", type=Path, default=RAIZ, help="raíz del libro (--raiz=CARPETA)"
    )
    subs = analizador.add_subparsers(
        dest="nombre_orden", required=True, metavar="ORDEN"
    )
    elegida = next((a for a in argumentos if not a.startswith("-")), None)
    modulo = None
    for nombre, ayuda in ORDENES.items():
        sub = subs.add_parser(nombre, help=ayuda, description=ayuda)
        if nombre == elegida:
            modulo = importlib.import_module(f"herramientas.{nombre}")
            modulo.configurar(sub)
    args = analizador.parse_args(argumentos)
    try:
        return modulo.ejecutar(args)
    except ErrorHerramientas as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrumpido: lo que no terminó queda como estaba.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
