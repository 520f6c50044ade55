"""Lo que se mide del libro, para la página «Estado»: `_build/estado.json`.

Cada pieza sale de su medida: `_build/tiempos.json`, las cabeceras de las páginas, los
cuadernos guardados, `requirements.txt`, `_build/semanal.json` y git. Lo que no se ha
medido se dice; nada se estima. La extensión del sitio solo lo muestra.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import yaml

from herramientas import fuentes, temario
from herramientas.errores import ErrorHerramientas
from herramientas.fuentes import RAIZ
from herramientas.tiempos import TIEMPOS

ESTADO = Path("_build") / "estado.json"
SEMANAL = Path("_build") / "semanal.json"
MESES = (
    *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
    *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
)


class ErrorEstado(ErrorHerramientas):
    """Una medida guardada no se puede leer; el mensaje dice cuál y qué hacer."""


def fecha(momento: datetime) -> str:
    """Fecha en español: «3 de mayo de 2026»."""
    return f"{momento.day} de {MESES[momento.month - 1]} de {momento.year}"


def ahora() -> datetime:
    """Momento de la construcción; el de ``SOURCE_DATE_EPOCH`` si está fijado."""
    segundos = os.environ.get("SOURCE_DATE_EPOCH")
    if segundos:
        return datetime.fromtimestamp(int(segundos), tz=UTC)
    return datetime.now(tz=UTC)


def coma(numero: float) -> str:
    """Un decimal, con coma."""
    return f"{numero:.1f}".replace(".", ",")


def tabla(cabecera: tuple[str, ...], filas: list[tuple[str, ...]]) -> list[str]:
    """Tabla de Markdown; las barras de las celdas se protegen."""
    lineas = [cabecera, tuple("---" for _ in cabecera), *filas]
    return ["| " + " | ".join(c.replace("|", r"\|") for c in f) + " |" for f in lineas]


def leer_json(ruta: Path) -> dict[str, Any]:
    """Contenido de una medida, o vacío si todavía no se ha hecho."""
    try:
        return json.loads(ruta.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except json.JSONDecodeError as error:
        raise ErrorEstado(
            f"{ruta} no es JSON válido ({error}); bórralo y vuelve a medir."
        ) from None


def cuadernos(raiz: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Cuadernos ejecutados que existen: (ruta relativa, contenido)."""
    for fuente in fuentes.fuentes(raiz):
        for ruta in fuentes.cuadernos_de(fuente, raiz):
            relativa = ruta.relative_to(raiz)
            if relativa.parts[0] != "labs" and ruta.exists():
                yield relativa, leer_json(ruta)


def _etiquetas(celda: dict[str, Any]) -> list[str]:
    return celda["metadata"].get("tags", [])


def titulo(cuaderno: dict[str, Any]) -> str:
    """Primer título del cuaderno, o cadena vacía."""
    for celda in cuaderno["cells"]:
        hallado = re.search(r"^# +(.+)$", "".join(celda["source"]), re.MULTILINE)
        if celda["cell_type"] == "markdown" and hallado:
            return hallado[1].strip()
    return ""


def rotulo(relativa: Path, nombre: str, paginas: set[str]) -> str:
    """Enlace a la página si está en el sitio; si no, su título y su archivo."""
    documento = relativa.with_suffix("").as_posix()
    if documento in paginas:
        return f"{{doc}}`/{documento}`"
    return f"{nombre or relativa.stem} (`{relativa.as_posix()}`)"


def revision(raiz: Path) -> str:
    """Revisión de git de la que sale el sitio, o cadena vacía si no se sabe."""

    def git(*orden: str) -> str:
        return subprocess.run(
            ["git", *orden], cwd=raiz, capture_output=True, text=True, check=True
        ).stdout.strip()

    try:
        cambios = ", con cambios sin confirmar" if git("status", "--porcelain") else ""
        return f"`{git('rev-parse', '--short=10', 'HEAD')}`{cambios}"
    except (OSError, subprocess.CalledProcessError):
        return ""


def construccion(raiz: Path, paginas: set[str]) -> list[str]:
    """Cuándo, con qué y desde qué revisión se construyó el sitio."""
    donde = revision(raiz)
    desde = f" a partir de la revisión {donde}" if donde else ""
    return [
        f"Este sitio se construyó el {fecha(ahora())}{desde}, con Python "
        f"{platform.python_version()}."
    ]


def cobertura(raiz: Path, paginas: set[str]) -> list[str]:
    """Cuántos puntos del temario enseña cada parte."""
    ensenan = temario.quien_ensena(raiz)
    filas, hechos, previstos = [], 0, 0
    for parte, total, faltan in temario.cobertura(ensenan):
        escritos = total - len(faltan)
        hechos, previstos = hechos + escritos, previstos + total
        estado = "prevista" if not escritos else "en curso" if faltan else "completa"
        nombre = temario.PARTES[parte]
        filas.append((parte, nombre, f"{escritos} de {total}", estado))
    filas.append(("", "**Total**", f"**{hechos} de {previstos}**", ""))
    return tabla(("Parte", "Título", "Puntos escritos", "Estado"), filas)


def tiempos(raiz: Path, paginas: set[str]) -> list[str]:
    """Segundos que tardó en validarse cada cuaderno la última vez que se midió."""
    medidos = leer_json(raiz / TIEMPOS)
    filas = []
    for relativa, contenido in cuadernos(raiz):
        segundos = medidos.get(relativa.as_posix())
        valor = "sin medir" if segundos is None else f"{coma(segundos)} s"
        filas.append((rotulo(relativa, titulo(contenido), paginas), valor))
    if not filas:
        return ["No hay ningún cuaderno ejecutado."]
    return tabla(("Cuaderno", "Ejecución"), filas)


def excepciones(raiz: Path, paginas: set[str]) -> list[str]:
    """Celdas cuya salida no se compara, con su motivo."""
    filas = []
    for relativa, contenido in cuadernos(raiz):
        celdas = [c for c in contenido["cells"] if c["cell_type"] == "code"]
        visibles = [c for c in celdas if "remove-cell" not in _etiquetas(c)]
        for numero, celda in enumerate(visibles, start=1):
            if "nbval-ignore-output" in _etiquetas(celda):
                motivo = celda["metadata"].get("motivo", "sin motivo escrito")
                pagina = rotulo(relativa, titulo(contenido), paginas)
                filas.append((pagina, str(numero), motivo))
    if not filas:
        return ["Ninguna: todas las salidas guardadas se comparan al pie de la letra."]
    son = "celda cuya salida" if len(filas) == 1 else "celdas cuyas salidas"
    no = "no se compara" if len(filas) == 1 else "no se comparan"
    return [
        f"Hay {len(filas)} {son} {no}:",
        "",
        *tabla(("Cuaderno", "Celda de código", "Motivo"), filas),
    ]


def versiones(raiz: Path, paginas: set[str]) -> list[str]:
    """Versión fijada de cada dependencia y la que había al construir."""
    requisitos = raiz / "requirements.txt"
    if not requisitos.exists():
        return ["Sin datos: no hay `requirements.txt`."]
    filas = []
    for linea in requisitos.read_text(encoding="utf-8").splitlines():
        pedido = linea.split("#")[0].split(";")[0].strip()
        if not pedido:
            continue
        nombre, _, fijada = pedido.partition("==")
        nombre = nombre.split("[")[0].strip()
        try:
            instalada = metadata.version(nombre)
        except metadata.PackageNotFoundError:
            instalada = "no instalada"
        fijada = fijada.strip() or "sin fijar"
        igual = instalada.split("+")[0] == fijada
        filas.append((nombre, fijada, "la misma" if igual else f"**{instalada}**"))
    return tabla(("Biblioteca", "Versión fijada", "Al construir"), filas)


def semanal(raiz: Path, paginas: set[str]) -> list[str]:
    """Cuándo corrió por última vez la comprobación semanal y cómo acabó."""
    ultima = leer_json(raiz / SEMANAL)
    if not ultima:
        return [
            "Al construir este sitio no se conocía el resultado de la última "
            "comprobación semanal."
        ]
    try:
        momento = datetime.fromisoformat(ultima["fecha"].replace("Z", "+00:00"))
        acabo = {"success": "todo bien", "failure": "con fallos"}.get(
            ultima["resultado"], f"sin terminar ({ultima['resultado']})"
        )
    except (KeyError, ValueError) as error:
        raise ErrorEstado(
            f"{SEMANAL} necesita «fecha» (ISO 8601) y «resultado»: {error!r}."
        ) from None
    return [f"Corrió por última vez el {fecha(momento)}: {acabo}."]


PIEZAS: dict[str, Callable[[Path, set[str]], list[str]]] = {
    "construccion": construccion,
    "cobertura": cobertura,
    "cuadernos": tiempos,
    "excepciones": excepciones,
    "versiones": versiones,
    "semanal": semanal,
}


def paginas_del_sitio(raiz: Path) -> set[str]:
    """Nombres de las páginas de `_toc.yml`, sin extensión."""
    ruta = raiz / "_toc.yml"
    if not ruta.exists():
        return set()
    halladas = set()
    pendientes = [yaml.safe_load(ruta.read_text(encoding="utf-8"))]
    while pendientes:
        nodo = pendientes.pop()
        if isinstance(nodo, dict):
            halladas |= {nodo[clave] for clave in ("root", "file") if clave in nodo}
            pendientes.extend(nodo.values())
        elif isinstance(nodo, list):
            pendientes.extend(nodo)
    return {nombre.removesuffix(".ipynb").removesuffix(".md") for nombre in halladas}


def escribir(raiz: Path = RAIZ) -> Path:
    """Mide y escribe `_build/estado.json`: por pieza, sus líneas de Markdown."""
    paginas = paginas_del_sitio(raiz)
    piezas = {nombre: pieza(raiz, paginas) for nombre, pieza in PIEZAS.items()}
    destino = raiz / ESTADO
    destino.parent.mkdir(parents=True, exist_ok=True)
    texto = json.dumps(piezas, ensure_ascii=False, indent=1)
    destino.write_text(texto + "\n", encoding="utf-8")
    return destino


def configurar(subparser: argparse.ArgumentParser) -> None:
    """La orden no tiene argumentos."""


def ejecutar(args: argparse.Namespace) -> int:
    """Escribe el estado y dice dónde."""
    print(fuentes.relativa(escribir(args.raiz), args.raiz))
    return 0
