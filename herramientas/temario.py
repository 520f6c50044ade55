"""El temario del libro: qué puntos hay, qué sección enseña cada uno y cuáles faltan."""

from __future__ import annotations

import argparse
import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from herramientas.fuentes import RAIZ

TABLA = Path(__file__).parent / "temario.tsv"
PARTES = {
    "0": "Preliminares y modo de empleo",
    "1": "Introducción: de la IA al aprendizaje profundo",
    "2": "Tensores y álgebra lineal",
    "3": "Cálculo y diferenciación",
    "4": "Optimización",
    "5": "Modelos lineales, pérdidas y calibración",
    "6": "Redes neuronales",
    "6M": "Metodología: datos, evaluación y experimentos",
    "7": "Redes convolucionales y visión",
    "8": "Secuencias: de las RNN a los LLM",
    "9": "Grafos",
    "10": "Representaciones: transferencia, métrica y autosupervisión",
    "11": "Multitarea, pocos ejemplos y metaaprendizaje",
    "12": "Modelos generativos",
    "13": "Práctica profesional y tendencias",
}
_CABECERA = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)


@dataclass(frozen=True)
class Punto:
    """Un punto del temario. `marcos` es 3 si pide PyTorch, Keras y JAX; si no, 1."""

    id: str
    parte: str
    marcos: int
    ampliacion: bool
    ensena: str


@lru_cache(maxsize=1)
def leer_temario() -> dict[str, Punto]:
    """Todos los puntos, por id y en orden."""
    with TABLA.open(encoding="utf-8", newline="") as archivo:
        filas = csv.DictReader(archivo, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {
            f["id"]: Punto(
                f["id"],
                f["parte"],
                int(f["marca"]),
                f["ampliacion"] == "+",
                f["ensena"],
            )
            for f in filas
        }


def ids_declarados(ruta: Path) -> list[str]:
    """Lo que la cabecera de una página dice enseñar."""
    cabecera = _CABECERA.match(ruta.read_text(encoding="utf-8"))
    if not cabecera:
        return []
    try:
        datos = yaml.safe_load(cabecera[1])
    except yaml.YAMLError:
        return []  # de eso se queja `revisar`
    ids = datos.get("temario") if isinstance(datos, dict) else None
    return [str(i) for i in ids] if isinstance(ids, list) else []


def quien_ensena(raiz: Path = RAIZ) -> dict[str, list[Path]]:
    """id -> páginas de `book/` que lo declaran."""
    ensenan: dict[str, list[Path]] = {}
    for ruta in sorted(raiz.glob("book/**/*.md")):
        for id_ in ids_declarados(ruta):
            ensenan.setdefault(id_, []).append(ruta.relative_to(raiz))
    return ensenan


def cobertura(ensenan: dict[str, list[Path]]) -> Iterator[tuple[str, int, list[Punto]]]:
    """Por parte: (parte, puntos que tiene, puntos que faltan)."""
    for parte in PARTES:
        puntos = [p for p in leer_temario().values() if p.parte == parte]
        yield parte, len(puntos), [p for p in puntos if p.id not in ensenan]


def _tramos(ids: list[str]) -> str:
    """«T5.01-T5.08, T5.13» en vez de la lista entera."""
    orden = list(leer_temario())
    tramos: list[list[str]] = []
    for id_ in ids:
        if tramos and orden.index(id_) == orden.index(tramos[-1][-1]) + 1:
            tramos[-1].append(id_)
        else:
            tramos.append([id_])
    return ", ".join(t[0] if len(t) == 1 else f"{t[0]}-{t[-1]}" for t in tramos)


def configurar(subparser: argparse.ArgumentParser) -> None:
    """Añade los argumentos de la orden."""
    subparser.description = "Cobertura del temario: qué se enseña, dónde y qué falta."
    subparser.add_argument(
        "--faltan", action="store_true", help="escribe también qué dice cada punto"
    )
    subparser.add_argument("--parte", help="solo esta parte, p. ej. 5 o 6M")


def ejecutar(args: argparse.Namespace) -> int:
    """Escribe la cobertura; devuelve 1 si alguna página declara un id que no existe."""
    ensenan = quien_ensena(args.raiz)
    temario = leer_temario()
    hechos = 0
    for parte, total, faltan in cobertura(ensenan):
        hechos += total - len(faltan)
        if args.parte and parte != args.parte:
            continue
        print(f"Parte {parte:>2}  {total - len(faltan):3} / {total:<3} {PARTES[parte]}")
        for punto in (p for p in temario.values() if p.parte == parte):
            if punto.id in ensenan:
                print(f"    {punto.id:7} {', '.join(map(str, ensenan[punto.id]))}")
        if args.faltan:
            for punto in faltan:
                marca = f"[{punto.marcos}]{' (+)' if punto.ampliacion else ''}"
                print(f"    {punto.id:7} falta {marca} {punto.ensena}")
        elif faltan:
            print(f"    faltan: {_tramos([p.id for p in faltan])}")
    print(f"Total     {hechos:3} / {len(temario)}")
    malos = {i: paginas for i, paginas in ensenan.items() if i not in temario}
    for id_, paginas in malos.items():
        print(f"Error: {', '.join(map(str, paginas))} declara {id_}, que no existe.")
    return int(bool(malos))
