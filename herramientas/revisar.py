"""Higiene de fuentes y salidas: cada hallazgo dice dónde, qué regla y por qué."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from herramientas.fuentes import RAIZ, relativa
from herramientas.reglas import REGLAS, Nota, Regla
from herramientas.reglas.contexto import Libro


@dataclass(frozen=True, order=True)
class Hallazgo:
    """Una regla que no se cumple, y dónde."""

    archivo: str
    linea: int
    celda: int
    regla: str
    mensaje: str

    def __str__(self) -> str:
        sitio = self.archivo
        sitio += f":{self.linea}" if self.linea else ""
        sitio += f" (celda {self.celda})" if self.celda else ""
        return f"{sitio}: {self.regla} {self.mensaje}"


def revisar(raiz: Path = RAIZ, rutas: Iterable[Path] = ()) -> list[Hallazgo]:
    """Todos los hallazgos de un proyecto, o solo los de unas rutas, en orden."""
    libro = Libro(raiz)
    hallazgos = set(_hallazgos(libro))
    if elegidas := [relativa(r, raiz).removesuffix(".ipynb") for r in rutas]:
        hallazgos = {
            h
            for h in hallazgos
            if any(
                h.archivo.startswith(e.removesuffix(".md").rstrip("/"))
                for e in elegidas
            )
        }
    return sorted(hallazgos)


def _hallazgos(libro: Libro) -> Iterator[Hallazgo]:
    for codigo, regla in REGLAS.items():
        for archivo, nota in _notas(libro, regla):
            yield Hallazgo(
                nota.archivo or archivo,
                nota.linea or 0,
                nota.celda or 0,
                codigo,
                nota.mensaje,
            )


def _notas(libro: Libro, regla: Regla) -> Iterator[tuple[str, Nota]]:
    """Aplica una regla a todo lo que le toca."""
    if regla.ambito == "libro":
        yield from (("", nota) for nota in regla.comprobar(libro))
        return
    objetos = {
        "pagina": lambda: libro.paginas,
        "cuaderno": lambda: (p for p in libro.paginas if p.cuaderno is not None),
        "salidas": lambda: libro.generados,
        "python": lambda: libro.modulos,
    }[regla.ambito]()
    for objeto in objetos:
        for nota in regla.comprobar(objeto):
            yield objeto.nombre, nota


def configurar(subparser: argparse.ArgumentParser) -> None:
    """Añade los argumentos de la orden."""
    subparser.description = "Revisa la higiene de fuentes y salidas, sin ejecutar nada."
    subparser.add_argument(
        "rutas", nargs="*", type=Path, metavar="RUTA", help="archivos o carpetas"
    )
    subparser.add_argument(
        "--reglas", action="store_true", help="enumera las reglas con su razón"
    )


def ejecutar(args: argparse.Namespace) -> int:
    """Escribe los hallazgos; devuelve 1 si hay alguno que no sea un aviso."""
    if args.reglas:
        for codigo, regla in REGLAS.items():
            aviso = " (aviso)" if regla.aviso else ""
            print(f"{codigo}{aviso} {regla.titulo}\n     {regla.razon}")
        return 0
    for ruta in args.rutas:
        if not ruta.exists():
            print(f"No existe {ruta}.")
            return 2
    hallazgos = revisar(args.raiz.resolve(), [r.resolve() for r in args.rutas])
    graves = [h for h in hallazgos if not REGLAS[h.regla].aviso]
    for hallazgo in hallazgos:
        if hallazgo not in graves:
            print(f"Aviso: {hallazgo}")
    for hallazgo in graves:
        print(hallazgo)
    if not hallazgos:
        print("Revisión: sin hallazgos.")
        return 0
    print("\nRazón de cada regla:")
    for codigo, veces in sorted(Counter(h.regla for h in hallazgos).items()):
        print(f"  {codigo} ({veces}) {REGLAS[codigo].titulo}. {REGLAS[codigo].razon}")
    return int(bool(graves))
