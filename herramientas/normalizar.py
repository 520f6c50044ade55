"""Salidas que no dependen de la máquina ni del momento, y cuadernos siempre iguales.

`normalizar` limpia un cuaderno ejecutado, `inestables` dice qué salidas no se podrían
validar en otra máquina, `texto` da los bytes definitivos y `escribir` los guarda de
forma atómica.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import io
import json
import os
import re
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from herramientas.fuentes import RAIZ

ANSI = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07]*\x07|[@-Z\\-_])")
DIRECCION = re.compile(r"(?<=\bat )0x[0-9a-fA-F]+|\b0x[0-9a-fA-F]{9,}\b")
BARRA = re.compile(r"\d+%\|[█▏▎▍▌▋▊▉# ]|\d(?:it/s|s/it)\b|\d[mµu]?s/step")
_RUTA = re.compile(
    r"(?<![\w.:/~<])/(?:home|root|tmp|usr|opt|var|Users|private|mnt|srv|content|etc)"
    r"(?:/[^\s'\"<>:,;()\[\]]*)*"
)
_RETORNO = re.compile(r"^.*\r(?=[^\n])", re.MULTILINE)
_RETROCESO = re.compile(r"[^\n]\x08")
_SELLO = re.compile(r'("sello": ")[0-9a-f]*(")')
_VISTA_WIDGET = "application/vnd.jupyter.widget-view+json"
_ERROR_MAXIMO = 8  # de 255, en el peor píxel
_ERROR_MEDIO = 0.4  # de 255, en promedio


def normalizar(cuaderno: NotebookNode, raiz: Path = RAIZ) -> NotebookNode:
    """Normaliza en el sitio las salidas de un cuaderno ejecutado, y lo devuelve.

    Cuentas de ejecución 1..n, flujos consecutivos unidos, sin vistas ni estado de
    widgets, sin códigos ANSI, direcciones de memoria ni rutas absolutas, y figuras PNG
    cuantizadas donde no se nota.
    """
    cuaderno.metadata.pop("widgets", None)
    cuenta = 0
    for celda in cuaderno.cells:
        if celda.cell_type != "code":
            continue
        cuenta += 1
        celda.execution_count = cuenta
        celda.metadata.pop("execution", None)
        celda.outputs = _salidas(celda.outputs, cuenta, raiz)
    return cuaderno


def inestables(celda: NotebookNode, raiz: Path = RAIZ) -> list[str]:
    """Por qué la salida de una celda (aún sin normalizar) no se repetiría.

    Los trazados de excepciones no cuentan: nbval no los compara.
    """
    motivos = []
    for trozo in _textos(celda.outputs):
        limpio = ANSI.sub("", trozo)
        if DIRECCION.search(limpio):
            motivos.append(
                "imprime una dirección de memoria; termina la celda con «;» o "
                "muestra otra cosa"
            )
        if _sin_rutas(limpio, raiz) != limpio:
            motivos.append("imprime una ruta absoluta; muestra solo el nombre")
        if BARRA.search(limpio) or "\r" in trozo.replace("\r\n", "\n"):
            motivos.append("imprime una barra de progreso; desactívala (verbose=0)")
    return list(dict.fromkeys(motivos))


def limpiar(trozo: str, raiz: Path = RAIZ) -> str:
    """Quita de un texto códigos ANSI, direcciones de memoria y rutas absolutas."""
    limpio = ANSI.sub("", trozo)
    limpio = DIRECCION.sub("0x…", limpio)
    return _sin_rutas(limpio, raiz)


def texto(cuaderno: NotebookNode) -> str:
    """El cuaderno como JSON definitivo: sangría y orden fijos, salto final."""
    return nbformat.v4.writes(cuaderno) + "\n"


def sellar(cuaderno: NotebookNode) -> str:
    """Pone en `gradiente.sello` el resumen de todo lo demás y devuelve el JSON."""
    cuaderno.metadata.gradiente.sello = ""
    hecho = texto(cuaderno)
    cuaderno.metadata.gradiente.sello = _resumen(hecho)
    return _SELLO.sub(rf"\g<1>{_resumen(hecho)}\g<2>", hecho, count=1)


def sello_valido(contenido: str) -> bool:
    """Falso si el JSON de un cuaderno generado ha cambiado desde que se selló."""
    hallado = _SELLO.search(contenido)
    if not hallado:
        return False
    vacio = _SELLO.sub(r"\g<1>\g<2>", contenido, count=1)
    return hallado[0] == f'"sello": "{_resumen(vacio)}"'


def escribir(cuaderno: NotebookNode | str, ruta: Path) -> None:
    """Guarda un cuaderno (o su JSON) de forma atómica: o entero o como estaba."""
    contenido = cuaderno if isinstance(cuaderno, str) else texto(cuaderno)
    ruta = Path(ruta)
    ruta.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporal = tempfile.mkstemp(
        prefix=f".{ruta.name}.", suffix=".tmp", dir=ruta.parent
    )
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as archivo:
            archivo.write(contenido)
            archivo.flush()
            os.fsync(archivo.fileno())
        Path(temporal).chmod(0o644)
        Path(temporal).replace(ruta)
    except BaseException:
        Path(temporal).unlink(missing_ok=True)
        raise


# --- Salidas -------------------------------------------------------------------------


def _salidas(salidas: list, cuenta: int, raiz: Path) -> list[NotebookNode]:
    nuevas: list[NotebookNode] = []
    for salida in salidas:
        tipo = salida.output_type
        if tipo == "stream":
            anterior = nuevas[-1] if nuevas else None
            if anterior and anterior.get("name") == salida.name:
                anterior.text += salida.text
            else:
                nuevas.append(
                    nbformat.v4.new_output("stream", name=salida.name, text=salida.text)
                )
        elif tipo == "error":
            nuevas.append(_error(salida, raiz))
        elif datos := _datos(salida.get("data", {}), raiz):
            metadatos = {
                mime: valor
                for mime, valor in salida.get("metadata", {}).items()
                if mime in datos and valor
            }
            extra = {"execution_count": cuenta} if tipo == "execute_result" else {}
            nuevas.append(
                nbformat.v4.new_output(tipo, datos, metadata=metadatos, **extra)
            )
    for salida in nuevas:
        if salida.output_type == "stream":
            salida.text = limpiar(_terminal(salida.text), raiz)
    return nuevas


def _terminal(trozo: str) -> str:
    """Aplica retrocesos y retornos de carro como lo haría una terminal (y nbval)."""
    previo = None
    while previo != trozo:
        previo, trozo = trozo, _RETROCESO.sub("", trozo)
    return _RETORNO.sub("", trozo)


def _datos(datos: dict[str, Any], raiz: Path) -> dict[str, Any]:
    limpios: dict[str, Any] = {}
    for mime, valor in datos.items():
        if mime == _VISTA_WIDGET:
            continue
        if mime == "image/png":
            valor = cuantizar("".join(valor))
        elif isinstance(valor, str) and not mime.startswith("image/jp"):
            valor = limpiar(valor, raiz)
        limpios[mime] = valor
    return limpios


def _error(salida: NotebookNode, raiz: Path) -> NotebookNode:
    """Excepción esperada: del trazado queda lo del cuaderno, no lo de las bibliotecas.

    nbval compara `ename` y `evalue`, no el trazado.
    """
    marcos = [limpiar(trozo, raiz) for trozo in salida.traceback]
    propios = [marco for marco in marcos if not marco.startswith("File ")]
    return nbformat.v4.new_output(
        "error",
        ename=salida.ename,
        evalue=limpiar(salida.evalue, raiz),
        traceback=propios,
    )


def _textos(salidas: list) -> list[str]:
    trozos = []
    for salida in salidas:
        if salida.output_type == "stream":
            trozos.append(salida.text)
        elif salida.output_type == "error":
            trozos.append(salida.evalue)
        else:
            trozos += [
                valor
                for mime, valor in salida.get("data", {}).items()
                if isinstance(valor, str)
                and mime != _VISTA_WIDGET
                and (not mime.startswith("image/") or mime == "image/svg+xml")
            ]
    return trozos


@functools.lru_cache(maxsize=8)
def _prefijos(raiz: Path) -> tuple[tuple[str, str], ...]:
    """Rutas conocidas y lo que queda de ellas, de la más larga a la más corta."""
    caminos = sysconfig.get_paths()
    pares = {
        caminos["purelib"] + "/": "",
        caminos["platlib"] + "/": "",
        caminos["stdlib"] + "/": "",
        str(Path(raiz).resolve()) + "/": "",
        str(Path(sys.prefix)) + "/": "",
        str(Path.home()) + "/": "~/",
    }
    return tuple(sorted(pares.items(), key=lambda par: -len(par[0])))


def _sin_rutas(trozo: str, raiz: Path) -> str:
    if "/" not in trozo:
        return trozo
    for prefijo, resto in _prefijos(Path(raiz)):
        if len(prefijo) > 2:
            trozo = trozo.replace(prefijo, resto)
    return _RUTA.sub(lambda m: m[0].rstrip("/").rpartition("/")[2], trozo)


def cuantizar(codificado: str) -> str:
    """Reduce un PNG (en base64) a una paleta de 256 colores si no se nota y ahorra.

    Quita siempre los metadatos. Se admite la paleta si ningún píxel cambia más de
    `_ERROR_MAXIMO` niveles de 255: las gráficas pasan y pesan la tercera parte; las
    fotografías y los degradados se quedan como estaban.
    """
    import numpy as np
    from PIL import Image

    original = base64.b64decode(codificado)
    with Image.open(io.BytesIO(original)) as abierta:
        abierta.load()
        imagen = abierta
    if imagen.mode == "P" and not imagen.info.keys() - {"transparency"}:
        return base64.b64encode(original).decode("ascii")  # ya está cuantizada
    if imagen.mode == "RGBA" and imagen.getextrema()[3] == (255, 255):
        imagen = imagen.convert("RGB")
    completo = _png(imagen)
    if imagen.mode != "RGB":
        return completo
    paleta = imagen.quantize(
        256, method=Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE
    )
    antes = np.asarray(imagen, dtype=np.int16)
    error = np.abs(antes - np.asarray(paleta.convert("RGB"), dtype=np.int16))
    invisible = error.max() <= _ERROR_MAXIMO and error.mean() <= _ERROR_MEDIO
    reducido = _png(paleta)
    return reducido if invisible and len(reducido) < 0.9 * len(completo) else completo


def _png(imagen: Any) -> str:
    """PNG en base64, sin metadatos."""
    memoria = io.BytesIO()
    imagen.info = {k: v for k, v in imagen.info.items() if k == "transparency"}
    imagen.save(memoria, format="PNG", optimize=True)
    return base64.b64encode(memoria.getvalue()).decode("ascii")


def _resumen(contenido: str) -> str:
    return hashlib.sha256(contenido.encode()).hexdigest()


def json_canonico(contenido: dict) -> str:
    """El mismo JSON que escribe nbformat, a partir de un diccionario ya leído."""
    return (
        json.dumps(
            contenido,
            ensure_ascii=False,
            indent=1,
            sort_keys=True,
            separators=(",", ": "),
        )
        + "\n"
    )
