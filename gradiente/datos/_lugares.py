"""Dónde se buscan los archivos, cómo se descargan y cómo se comprueban.

El orden es: la carpeta de copias locales (variable ``GRADIENTE_DATOS``), la caché
(``GRADIENTE_CACHE`` o ``~/.cache/gradiente``) y la descarga oficial. Un archivo se lee
entero, se comprueba y solo entonces se usa o se guarda.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import socket
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

ESPERA = 30.0  # segundos sin recibir nada tras los que se abandona una descarga
PLAZO = 900.0  # segundos que puede durar una descarga entera


class DatosNoDisponibles(Exception):
    """No hay red ni copia del conjunto; el mensaje dice las tres salidas."""


class ArchivoDanado(DatosNoDisponibles):
    """Hay un archivo, pero no es el que debe ser, y no se usa."""


def _sha256(datos: bytes) -> str:
    return hashlib.sha256(datos).hexdigest()


def suma_contenido(contenido: Mapping[str, Any]) -> str:
    """Devuelve un SHA-256 de unos arrays o textos que no depende de su archivo.

    Entran el nombre, el tipo, la forma y los valores de cada array, por orden
    alfabético de los nombres; de un texto, sus palabras.
    """
    trozos = []
    for nombre in sorted(contenido):
        valor = contenido[nombre]
        if isinstance(valor, str):
            trozos.append(f"{nombre}|{' '.join(valor.split())}\n".encode())
        else:
            valor = np.ascontiguousarray(valor, dtype=valor.dtype.newbyteorder("<"))
            tipo = valor.dtype.str.lstrip("<|")
            trozos.append(f"{nombre}|{tipo}|{valor.shape}\n".encode() + valor.tobytes())
    return _sha256(b"".join(trozos))


@dataclass(frozen=True, kw_only=True)
class Archivo:
    """Una forma en la que puede estar guardado un conjunto, o una parte de él.

    Attributes:
        nombre: ruta dentro de la carpeta de copias o de la caché.
        leer: convierte los bytes en arrays o texto; lanza un error si no puede.
        sha256: suma del archivo; vacía si la fuente no publica ninguna.
        contenido: suma de lo que debe salir de ``leer``, si se conoce: vale un
            archivo con otros bytes si su contenido es el mismo.
        resumir: con qué función se calcula la suma del contenido.
        exacto: si no vale otro contenido. Solo es falso para fuentes que no publican
            suma y pueden cambiar: basta que ``leer`` lo dé por bueno, y se avisa.
        url: descarga oficial, o vacía si esta forma solo existe como copia local.
        maximo: bytes que como mucho se descargan.
        nota: lo que esta forma tiene de particular.
    """

    nombre: str
    leer: Callable[[bytes], dict[str, Any]]
    sha256: str = ""
    contenido: str = ""
    resumir: Callable[[dict[str, Any]], str] = suma_contenido
    exacto: bool = True
    url: str = ""
    maximo: int = 0
    nota: str = ""

    def comprobar(self, datos: bytes) -> dict[str, Any]:
        """Devuelve el contenido de ``datos`` si es el que debe ser.

        Raises:
            ArchivoDanado: no coincide ni la suma del archivo ni la de su contenido.
        """
        suma = _sha256(datos)
        if suma != self.sha256 and not self.contenido:
            raise ArchivoDanado(
                f"su SHA-256 es {suma[:16]}… y debía ser {self.sha256[:16]}…"
            )
        try:
            contenido = self.leer(datos)
        except Exception as error:  # un archivo dañado puede fallar de cualquier modo
            raise ArchivoDanado(f"no se puede leer: {error}") from None
        if suma != self.sha256 and self.resumir(contenido) != self.contenido:
            if self.exacto:
                raise ArchivoDanado("no coinciden ni su SHA-256 ni el de su contenido")
            print(f"AVISO: {self.nombre} no es idéntico al que usó el libro, aunque")
            print("  parece completo: los resultados pueden cambiar un poco.")
        return contenido


def _carpeta(variable: str) -> Path | None:
    """Devuelve la carpeta que dice una variable de entorno, si dice alguna."""
    valor = os.environ.get(variable)
    return Path(valor).expanduser() if valor else None


def _motivo(error: Exception) -> str:
    """Dice en español por qué falló una descarga."""
    causa = getattr(error, "reason", error)
    if isinstance(error, urllib.error.HTTPError):
        error.close()
        return f"el servidor respondió {error.code}"
    if isinstance(causa, TimeoutError):
        return "el servidor no responde a tiempo"
    if isinstance(causa, socket.gaierror):
        return "no hay red, o no se encuentra el servidor"
    if isinstance(causa, ConnectionError | http.client.HTTPException):
        return "la conexión se rechazó o se cortó"
    return f"la descarga falló ({causa})"


def _bajar(url: str, maximo: int) -> bytes:
    """Devuelve los bytes de ``url``, completos, o lanza un error con el motivo."""
    fin, datos = time.monotonic() + PLAZO, bytearray()
    try:
        peticion = urllib.request.Request(url, headers={"User-Agent": "gradiente"})
        with urllib.request.urlopen(peticion, timeout=ESPERA) as respuesta:
            anunciado = int(respuesta.headers.get("Content-Length") or -1)
            while trozo := respuesta.read1(1 << 20):
                datos += trozo
                if len(datos) > maximo:
                    raise DatosNoDisponibles(f"envía más de los {maximo} bytes debidos")
                if time.monotonic() > fin:
                    raise TimeoutError
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise DatosNoDisponibles(_motivo(error)) from None
    if anunciado not in (-1, len(datos)):
        raise DatosNoDisponibles(f"se cortó: {len(datos)} de {anunciado} bytes")
    return bytes(datos)


def _guardar(ruta: Path, datos: bytes) -> None:
    """Escribe ``datos`` en ``ruta`` por entero o no los escribe.

    Dos procesos pueden hacerlo a la vez: cada uno escribe un archivo temporal propio
    y lo pone en su sitio de una vez.
    """
    ruta.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporal = tempfile.mkstemp(dir=ruta.parent, prefix=f".{ruta.name}.")
    try:
        with os.fdopen(descriptor, "wb") as f:
            f.write(datos)
        Path(temporal).replace(ruta)
    except BaseException:
        Path(temporal).unlink(missing_ok=True)
        raise


def _oficial(archivo: Archivo) -> tuple[dict[str, Any], str]:
    """Devuelve el archivo oficial, de la caché o, si no está o está mal, de la red.

    Junto a cada archivo de la caché se guarda su suma, para saber si ha cambiado.
    """
    cache = _carpeta("GRADIENTE_CACHE") or Path.home() / ".cache" / "gradiente"
    ruta = cache / archivo.nombre
    sello = ruta.with_name(f"{ruta.name}.sha256")
    if ruta.is_file():
        try:
            datos = ruta.read_bytes()
            if sello.is_file() and sello.read_bytes() != _sha256(datos).encode():
                raise ArchivoDanado("ha cambiado desde que se descargó")
            return archivo.comprobar(datos), f"caché{archivo.nota}"
        except (ArchivoDanado, OSError) as error:
            print(f"AVISO: {ruta.name} está dañado en la caché ({error}).")
            print("  Se descarga de nuevo.")
    datos = _bajar(archivo.url, archivo.maximo)
    try:
        contenido = archivo.comprobar(datos)
    except ArchivoDanado as error:
        raise ArchivoDanado(f"lo descargado no es lo que debe ser: {error}") from None
    with suppress(OSError):  # sin caché donde escribir, los datos sirven igual
        _guardar(ruta, datos)
        _guardar(sello, _sha256(datos).encode())
    return contenido, f"descarga{archivo.nota}"


def pedir(
    nombre: str, formas: Sequence[Archivo], sustituto: bool
) -> tuple[dict[str, Any], str] | None:
    """Busca un conjunto, en cualquiera de sus formas, en los tres lugares.

    Args:
        nombre: el del conjunto, para los mensajes.
        formas: archivos alternativos; el primero con ``url`` es el oficial.
        sustituto: si no se consigue, avisar y devolver ``None`` en vez de fallar.

    Returns:
        El contenido, y de dónde ha salido; ``None`` si toca usar el sustituto.

    Raises:
        ArchivoDanado: una copia local está dañada (ni se busca en otro sitio ni se
            sustituye: es un error que hay que ver), o lo está lo descargado.
        DatosNoDisponibles: no está en ningún lugar y no se ha podido descargar.
    """
    local = _carpeta("GRADIENTE_DATOS")
    for archivo in formas if local else ():
        ruta = local / archivo.nombre
        if ruta.is_file():
            try:
                contenido = archivo.comprobar(ruta.read_bytes())
            except (ArchivoDanado, OSError) as error:
                raise ArchivoDanado(
                    f"La copia local de «{nombre}» está dañada y no se usa.\n"
                    f"  {ruta}: {error}.\nPonga en su lugar una buena, o quítela para "
                    "que se descargue la oficial."
                ) from None
            return contenido, f"copia local{archivo.nota}"
    oficial = next(archivo for archivo in formas if archivo.url)
    try:
        return _oficial(oficial)
    except DatosNoDisponibles as error:
        if sustituto:
            print(f"AVISO: esto NO es «{nombre}», sino un sustituto incluido, porque")
            print(f"  no se ha podido conseguir: {error}.")
            return None
        nombres = " o ".join(archivo.nombre for archivo in formas)
        raise type(error)(
            f"No se ha podido conseguir «{nombre}»: {error}.\nTres salidas:\n"
            f"  1. Con red, repita la llamada: se descarga de {oficial.url}\n"
            f"  2. Sin red, ponga {nombres} en una carpeta, y la ruta de la carpeta "
            "en la variable de entorno GRADIENTE_DATOS.\n"
            "  3. Si le basta con un sustituto incluido, más pequeño y distinto, "
            f"pida datos.{nombre}(sustituto=True)."
        ) from None
