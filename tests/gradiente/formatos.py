"""Conjuntos de mentira en los formatos de las copias locales y de los sitios oficiales.

Con ellos se prueba cómo se lee cada formato sin tener los datos de verdad.
"""

from __future__ import annotations

import functools
import hashlib
import io
import tarfile
import zipfile
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np

from gradiente.datos import _descargados
from gradiente.datos._lugares import Archivo

NOMBRES = ("mnist", "cifar10", "omniglot", "cora", "quijote")


def _cambiar(monkeypatch, nombre: str, cambio) -> None:
    """Pone, en vez de cada archivo ``a`` del conjunto ``nombre``, ``cambio(a)``."""
    formas = getattr(_descargados, nombre.upper())
    if isinstance(formas, dict):
        nuevas = {k: cambio(a) for k, a in formas.items()}
    else:
        nuevas = tuple(cambio(a) for a in formas)
    monkeypatch.setattr(_descargados, nombre.upper(), nuevas)


def redirigir(monkeypatch, nombre: str, url: str, **cambios) -> None:
    """Hace que la descarga oficial de ``nombre`` vaya a ``url``."""
    _cambiar(
        monkeypatch,
        nombre,
        lambda a: replace(a, url=url, **cambios) if a.url else a,
    )


def confiar(monkeypatch, nombre: str, archivo: str, octetos: bytes) -> None:
    """Hace que las sumas del catálogo para ``archivo`` sean las de ``octetos``.

    Quien no tiene una de las dos sumas sigue sin tenerla.
    """

    def cambio(a: Archivo) -> Archivo:
        if a.nombre != archivo:
            return a
        contenido = a.contenido and a.resumir(a.leer(octetos))
        return replace(a, sha256=a.sha256 and sha256(octetos), contenido=contenido)

    _cambiar(monkeypatch, nombre, cambio)


def tar_gz(miembros: dict[str, bytes]) -> bytes:
    """Devuelve los bytes de un .tar.gz."""
    archivo = io.BytesIO()
    with tarfile.open(fileobj=archivo, mode="w:gz") as tar:
        for nombre, contenido in miembros.items():
            info = tarfile.TarInfo(nombre)
            info.size = len(contenido)
            tar.addfile(info, io.BytesIO(contenido))
    return archivo.getvalue()


def sha256(contenido: bytes) -> str:
    return hashlib.sha256(contenido).hexdigest()


def npz(**arrays: np.ndarray) -> bytes:
    """Devuelve los bytes de un .npz."""
    archivo = io.BytesIO()
    np.savez(archivo, **arrays)
    return archivo.getvalue()


# --- Las copias locales, en pequeño ---------------------------------------------------


def _copia_mnist() -> tuple[str, bytes, dict[str, Any]]:
    azar = np.random.default_rng(0)
    x = azar.integers(0, 256, (70, 28, 28), dtype=np.uint8)
    y = azar.integers(0, 10, 70, dtype=np.uint8)
    octetos = npz(x_train=x[:60], y_train=y[:60], x_test=x[60:], y_test=y[60:])
    return "mnist.npz", octetos, _partes(x, y, 60)


def _partes(x: np.ndarray, y: np.ndarray, corte: int) -> dict[str, Any]:
    return {
        "x_entrenamiento": x[:corte],
        "y_entrenamiento": y[:corte],
        "x_prueba": x[corte:],
        "y_prueba": y[corte:],
    }


def _copia_cifar10() -> tuple[str, bytes, dict[str, Any]]:
    """Fotos de un solo color, que JPEG guarda casi sin pérdida."""
    from PIL import Image

    azar = np.random.default_rng(0)
    colores = azar.integers(0, 256, (17, 3), dtype=np.uint8)
    x = np.tile(colores[:, None, None, :], (1, 32, 32, 1))
    y = azar.integers(0, 10, 17, dtype=np.uint8)
    fotos = []
    for foto in x:
        archivo = io.BytesIO()
        Image.fromarray(foto).save(archivo, "JPEG", quality=95)
        fotos.append(archivo.getvalue())
    arrays = {}
    for parte, tramo in (("train", slice(12)), ("test", slice(12, None))):
        arrays[f"jpeg_{parte}"] = np.frombuffer(b"".join(fotos[tramo]), np.uint8)
        arrays[f"fin_{parte}"] = np.cumsum([len(f) for f in fotos[tramo]])
        arrays[f"y_{parte}"] = y[tramo]
    return "cifar10_jpeg.npz", npz(**arrays), _partes(x, y, 12)


def omniglot_falso(
    archivo: str = "images_background_small1",
) -> tuple[str, bytes, dict[str, Any]]:
    """Dos alfabetos, de dos caracteres y uno, por cuatro personas."""
    from PIL import Image

    clases = ("Griego/character01", "Griego/character02", "Latino/character01")
    x = np.random.default_rng(list(archivo.encode())).integers(
        0, 2, (12, 105, 105), np.uint8
    )
    memoria = io.BytesIO()
    with zipfile.ZipFile(memoria, "w") as z:
        z.writestr(f"{archivo}/", "")
        for n in np.random.default_rng(0).permutation(12).tolist():  # sin orden
            png = io.BytesIO()
            Image.fromarray(x[n] == 0).save(png, "PNG")  # el trazo es negro
            ruta = f"{archivo}/{clases[n // 4]}/{100 + n // 4:04}_{n % 4 + 1:02}.png"
            z.writestr(ruta, png.getvalue())
    campos = {
        "x": x,
        "y": np.repeat([0, 1, 2], 4),
        "alfabeto": np.repeat([0, 1], [8, 4]),
        "dibujante": np.tile([1, 2, 3, 4], 3),
        "clases": clases,
        "alfabetos": ("Griego", "Latino"),
    }
    return f"omniglot/{archivo}.zip", memoria.getvalue(), campos


def _copia_cora() -> tuple[str, bytes, dict[str, Any]]:
    azar = np.random.default_rng(0)
    x = (azar.random((30, 50)) < 0.2).astype(np.float32)
    campos = {
        "x": x,
        "y": azar.integers(0, 7, 30),
        "aristas": np.stack(np.triu_indices(30, 25), axis=1),
        "entrenamiento": np.arange(10),
        "validacion": np.arange(10, 20),
        "prueba": np.arange(20, 30),
    }
    filas, columnas = x.nonzero()
    arrays = campos | {
        "x_data": x[filas, columnas],
        "x_indices": columnas.astype(np.int32),
        "x_indptr": np.r_[0, np.cumsum(x.sum(axis=1))].astype(np.int32),
        "x_shape": np.array(x.shape),
        "aristas": campos["aristas"].astype(np.int32),
        "y": campos["y"].astype(np.int16),
    }
    del arrays["x"]
    campos["pesos"] = np.ones(len(campos["aristas"]))
    return "cora.npz", npz(**arrays), campos


def _copia_quijote() -> tuple[str, bytes, dict[str, Any]]:
    texto = quijote_falso()
    return "quijote.txt", texto.encode(), {"texto": texto.strip()}


def copia_falsa(nombre: str) -> tuple[str, bytes, dict[str, Any]]:
    """Devuelve una copia local de mentira, y lo que debe salir de ella.

    Returns:
        El nombre del archivo, sus bytes y el valor de cada campo del conjunto.
    """
    fabrica = {
        "mnist": _copia_mnist,
        "cifar10": _copia_cifar10,
        "omniglot": omniglot_falso,
        "cora": _copia_cora,
        "quijote": _copia_quijote,
    }
    return fabrica[nombre]()


# --- Los formatos oficiales -----------------------------------------------------------


def cifar10_binario() -> tuple[bytes, np.ndarray, np.ndarray]:
    """Devuelve un .tar.gz en el formato binario, y lo que debe salir de él."""
    azar = np.random.default_rng(0)
    x = azar.integers(0, 256, (60_000, 1), dtype=np.uint8).repeat(3072, axis=1)
    x += np.arange(3072, dtype=np.uint16).astype(np.uint8)
    y = azar.integers(0, 10, 60_000).astype(np.uint8)
    filas = np.concatenate([y[:, None], x], axis=1)
    lotes = [f"data_batch_{i}" for i in range(1, 6)] + ["test_batch"]
    miembros = {
        f"cifar-10-batches-bin/{lote}.bin": filas[
            k * 10_000 : (k + 1) * 10_000
        ].tobytes()
        for k, lote in enumerate(lotes)
    }
    return tar_gz(miembros), x, y


# Cora: la versión de LINQS, con otro orden de nodos y de palabras.

TEMAS = (
    "Theory",
    "Reinforcement_Learning",
    "Genetic_Algorithms",
    "Neural_Networks",
    "Probabilistic_Methods",
    "Case_Based",
    "Rule_Learning",
)


def linqs(d, semilla: int = 0) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """Devuelve Cora desordenada, y las permutaciones de nodos y de palabras."""
    azar = np.random.default_rng(semilla)
    nodos, palabras = azar.permutation(2708), azar.permutation(1433)
    lugar = np.argsort(nodos)
    citas = [tuple(azar.permutation(par)) for par in lugar[d.aristas].tolist()]
    citas += [par[::-1] for par in citas[:151]]  # las que se citan una a otra
    desorden = {"x": d.x[nodos][:, palabras], "y": d.y[nodos], "citas": citas}
    return desorden, nodos, palabras


def en_formato_linqs(d: dict) -> bytes:
    """Devuelve un cora.tgz con los archivos de texto de LINQS."""
    filas = [
        "\t".join([str(10 * i + 7), *map(str, x), TEMAS[c]])
        for i, (x, c) in enumerate(
            zip(d["x"].astype(int).tolist(), d["y"].tolist(), strict=True)
        )
    ]
    citas = [f"{10 * i + 7}\t{10 * j + 7}" for i, j in d["citas"]]
    return tar_gz(
        {
            "cora/README": b"This directory contains...",
            "cora/cora.content": "\n".join([*filas, ""]).encode(),
            "cora/cora.cites": "\n".join([*citas, ""]).encode(),
        }
    )


@functools.cache
def cora_falsa() -> SimpleNamespace:
    """Devuelve un grafo al azar con los recuentos publicados de Cora."""
    azar = np.random.default_rng(0)
    x = np.zeros((2708, 1433), dtype=np.float32)
    x.flat[azar.choice(x.size, 49216, replace=False)] = 1
    temas = np.repeat(np.arange(7), [351, 217, 418, 818, 426, 298, 180])
    i, j = np.triu_indices(2708, 1)
    citas = np.sort(azar.choice(len(i), 5278, replace=False))
    nodos = azar.permutation(2708)
    return SimpleNamespace(
        x=x,
        y=azar.permutation(temas),
        aristas=np.stack([i[citas], j[citas]], axis=1),
        entrenamiento=np.sort(nodos[:140]),
        validacion=np.sort(nodos[140:640]),
        prueba=np.sort(nodos[640:1640]),
    )


def publicar(monkeypatch, d: SimpleNamespace, url: str) -> None:
    """Hace que ``d`` sea la Cora oficial: su suma, y su partición del paquete."""
    contenido = {k: getattr(d, k) for k in ("x", "y", "aristas")}
    redirigir(monkeypatch, "cora", url, contenido=_descargados._resumir_cora(contenido))
    partes = np.full(len(d.y), 3)
    for k, parte in enumerate((d.entrenamiento, d.validacion, d.prueba)):
        partes[parte] = k
    orden = np.argsort(np.array(_descargados._firmas(contenido)), kind="stable")
    guardada = "".join(map(str, partes[orden]))
    monkeypatch.setattr(
        _descargados, "_paquete", {"cora_particion.txt": guardada}.__getitem__
    )


# El Quijote, como lo publica Gutenberg: con BOM, CRLF y avisos delante y detrás.


@functools.cache
def quijote_falso() -> str:
    """Devuelve un texto con tantas palabras y capítulos como el Quijote."""
    palabras = [f"mancha{n}" for n in range(302)]
    lineas = "".join(" ".join(palabras[k::30]) + "\n" for k in range(30))
    capitulos = [f"Capítulo {n}\n\nEn un lugar {n}\n" + lineas * 10 for n in range(126)]
    return "El ingenioso hidalgo\n\n" + "\n\n".join(capitulos)


def gutenberg(texto: str) -> bytes:
    """Devuelve el texto como lo publica Project Gutenberg."""
    cabecera = "The Project Gutenberg eBook of Don Quijote\n\nTitle: Don Quijote\n\n"
    titulo = "PROJECT GUTENBERG EBOOK DON QUIJOTE ***\n\n"
    pie = "Updated editions will replace the previous one.\n"
    entero = (
        f"{cabecera}*** START OF THE {titulo}\n\n{texto}\n\n*** END OF THE {titulo}"
    )
    return ("\ufeff" + entero + pie).replace("\n", "\r\n").encode()
