"""MNIST, CIFAR-10, Omniglot, Cora y el Quijote: no vienen con las bibliotecas.

Cómo se llaman sus archivos, de dónde se descargan y cuáles son sus sumas está en
``catalogo.toml``; aquí, cómo se leen. Ninguna lectura carga un pickle.
"""

from __future__ import annotations

import hashlib
import io
import re
import tarfile
import zipfile
from importlib import resources
from typing import Any

import numpy as np

from ._fichas import CATALOGO, Caracteres, Grafo, Imagenes, Texto, crear
from ._incluidos import digitos, karate
from ._lugares import Archivo, pedir


def _paquete(nombre: str) -> str:
    """Devuelve el texto de un archivo que viene con ``gradiente``."""
    return resources.files(__package__).joinpath(nombre).read_text("utf-8").strip()


def _npz(datos: bytes, claves: tuple[str, ...]) -> dict[str, Any]:
    """Devuelve las ``claves`` de un archivo .npz; nunca carga un pickle."""
    with np.load(io.BytesIO(datos), allow_pickle=False) as archivo:
        return {clave: archivo[clave] for clave in claves}


def _tar(datos: bytes, nombres: list[str]) -> list[bytes]:
    """Devuelve el contenido de unos miembros de un .tar.gz, sin extraer nada."""
    with tarfile.open(fileobj=io.BytesIO(datos), mode="r:gz") as tar:
        return [tar.extractfile(nombre).read() for nombre in nombres]


def _partir(x: np.ndarray, y: np.ndarray, corte: int) -> dict[str, Any]:
    """Reparte imágenes y clases: las de entrenamiento son las primeras ``corte``."""
    y = y.astype(np.int64)
    d = {"x_entrenamiento": x[:corte], "y_entrenamiento": y[:corte]}
    return d | {"x_prueba": x[corte:], "y_prueba": y[corte:]}


def _cifras(lado: int) -> dict[str, Any]:
    """Devuelve las cifras de ``digitos()`` ampliadas a ``lado`` píxeles de lado."""
    d, veces = digitos(), lado // 8
    x = (d.x.reshape(-1, 8, 8) * (255 / 16)).round().astype(np.uint8)
    x = x.repeat(veces, axis=1).repeat(veces, axis=2)
    antes = (lado - 8 * veces) // 2
    margen = (antes, lado - 8 * veces - antes)
    x = np.pad(x, ((0, 0), margen, margen))
    return _partir(x, d.y, 1437)  # cuatro quintos, en el orden original


def _mnist_npz(datos: bytes) -> dict[str, Any]:
    """Lee el archivo de Keras."""
    d = _npz(datos, ("x_train", "x_test", "y_train", "y_test"))
    x, y = (np.concatenate([d[f"{c}_train"], d[f"{c}_test"]]) for c in "xy")
    return _partir(x, y, len(d["x_train"]))


MNIST = (Archivo(leer=_mnist_npz, **CATALOGO["mnist"].archivos["oficial"]),)


def mnist(sustituto: bool = False) -> Imagenes:
    obtenido = pedir("mnist", MNIST, sustituto)
    d, procedencia = obtenido or (_cifras(28), "sustituto: digitos()")
    return crear(Imagenes, "mnist", procedencia, **d)


def _cifar10_binario(datos: bytes) -> dict[str, Any]:
    """Lee la versión binaria: por imagen, un byte de clase y 3072 de píxeles."""
    lotes = [f"data_batch_{i}" for i in range(1, 6)] + ["test_batch"]
    lotes = _tar(datos, [f"cifar-10-batches-bin/{lote}.bin" for lote in lotes])
    filas = np.frombuffer(b"".join(lotes), np.uint8).reshape(60_000, 1 + 3 * 32 * 32)
    x = filas[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1).copy()
    return _partir(x, filas[:, 0], 50_000)


def _cifar10_jpeg(datos: bytes) -> dict[str, Any]:
    """Lee la copia recomprimida: archivos JPEG seguidos, y dónde acaba cada uno."""
    from PIL import Image

    claves = [f"{c}_{p}" for c in ("jpeg", "fin", "y") for p in ("train", "test")]
    *partes, y_train, y_test = _npz(datos, tuple(claves)).values()
    x = []
    for todo, fin in (partes[0::2], partes[1::2]):
        todo, fin = todo.tobytes(), fin.tolist()
        tramos = zip([0, *fin[:-1]], fin, strict=True)
        x += [np.asarray(Image.open(io.BytesIO(todo[a:b]))) for a, b in tramos]
    return _partir(np.stack(x), np.concatenate([y_train, y_test]), len(y_train))


CIFAR10 = (
    Archivo(leer=_cifar10_binario, **CATALOGO["cifar10"].archivos["oficial"]),
    Archivo(leer=_cifar10_jpeg, **CATALOGO["cifar10"].archivos["copia"]),
)


def cifar10(sustituto: bool = False) -> Imagenes:
    obtenido = pedir("cifar10", CIFAR10, sustituto)
    if obtenido is None:  # en color: los tres canales, iguales
        d = _cifras(32)
        x = {k: np.stack([v] * 3, axis=-1) for k, v in d.items() if k.startswith("x")}
        obtenido = d | x, "sustituto: digitos()"
    d, procedencia = obtenido
    return crear(Imagenes, "cifar10", procedencia, **d)


def _omniglot_zip(datos: bytes) -> dict[str, Any]:
    """Lee los PNG de un .zip de Omniglot, por orden de nombre."""
    from PIL import Image

    patron = re.compile(r"[^/]+/([^/]+)/(character\d+)/\d+_(\d+)\.png")
    x, claves = [], []
    with zipfile.ZipFile(io.BytesIO(datos)) as archivo:
        for nombre in sorted(archivo.namelist()):
            if caso := patron.fullmatch(nombre):
                foto = Image.open(io.BytesIO(archivo.read(nombre)))
                x.append(~np.asarray(foto, dtype=bool))
                claves.append(caso.groups())
    return {"x": np.stack(x).astype(np.uint8), "claves": claves}


OMNIGLOT = {
    parte: Archivo(leer=_omniglot_zip, **archivo)
    for parte, archivo in CATALOGO["omniglot"].archivos.items()
}


def omniglot(sustituto: bool = False, parte: str = "pequena1") -> Caracteres:
    if parte not in OMNIGLOT:
        raise ValueError(f"No hay parte «{parte}». Hay: {', '.join(OMNIGLOT)}.")
    obtenido = pedir("omniglot", [OMNIGLOT[parte]], sustituto)
    if obtenido is None:  # veinte dibujos de cada cifra
        x, y = list(_cifras(105).values())[:2]
        filas = np.concatenate([np.flatnonzero(y == c)[:20] for c in range(10)])
        claves = [("Cifras", str(c), q) for c in range(10) for q in range(1, 21)]
        x = (x[filas] > 127).astype(np.uint8)
        obtenido = {"x": x, "claves": claves}, "sustituto: digitos()"
    d, procedencia = obtenido
    alfabeto, caracter, dibujante = zip(*d.pop("claves"), strict=True)
    d["dibujante"] = np.array(dibujante, dtype=np.int64)
    clase = [f"{a}/{c}" for a, c in zip(alfabeto, caracter, strict=True)]
    for indices, nombres, de in (
        ("y", "clases", clase),
        ("alfabeto", "alfabetos", alfabeto),
    ):
        unicos, d[indices] = np.unique(de, return_inverse=True)
        d[nombres] = tuple(unicos.tolist())
    return crear(Caracteres, "omniglot", procedencia, **d)


def _cora_npz(datos: bytes) -> dict[str, Any]:
    """Lee la copia local: atributos en CSR, aristas, clases y partición pública."""
    csr = ("x_data", "x_indices", "x_indptr", "x_shape")
    enteros = ("aristas", "y", "entrenamiento", "validacion", "prueba")
    d = _npz(datos, csr + enteros)
    valores, columnas, limites, forma = (d[k] for k in csr)
    x = np.zeros(forma, dtype=np.float32)
    x[np.repeat(np.arange(len(x)), np.diff(limites)), columnas] = valores
    return {"x": x} | {k: d[k].astype(np.int64) for k in enteros}


def _cora_linqs(datos: bytes) -> dict[str, Any]:
    """Lee la versión de texto de LINQS y comprueba los recuentos publicados."""
    # Los temas, en el orden que les dio Planetoid, como los de la ficha.
    temas = "Theory Reinforcement_Learning Genetic_Algorithms Neural_Networks "
    temas = (temas + "Probabilistic_Methods Case_Based Rule_Learning").split()
    textos = _tar(datos, ["cora/cora.content", "cora/cora.cites"])
    filas, citas = ([f.split() for f in t.decode().splitlines()] for t in textos)
    indice = {articulo: i for i, (articulo, *_) in enumerate(filas)}
    x = np.array([fila[1:-1] for fila in filas]).astype(np.float32)
    y = np.array([temas.index(fila[-1]) for fila in filas], dtype=np.int64)
    pares = {tuple(sorted((indice[a], indice[b]))) for a, b in citas if a != b}
    recuentos = [*x.shape, int(x.sum()), len(pares), *np.bincount(y).tolist()]
    if recuentos != [2708, 1433, 49216, 5278, 351, 217, 418, 818, 426, 298, 180]:
        raise ValueError(f"los recuentos no son los publicados: {recuentos}")
    aristas = np.array(sorted(pares), dtype=np.int64)
    return {"x": x, "y": y, "aristas": aristas, "nodos": tuple(indice)}


def _firmas(d: dict[str, Any]) -> list[str]:
    """Devuelve una firma de cada nodo que no depende del orden de nodos ni palabras.

    Resume su clase, en cuántos documentos sale cada una de sus palabras y, tras tres
    pasadas, lo mismo de sus vecinos: el refinamiento de Weisfeiler y Leman (1968).
    """
    frecuencia = d["x"].sum(axis=0).astype(int)
    palabras = [sorted(frecuencia[fila > 0].tolist()) for fila in d["x"]]
    firmas = [f"{c}:{p}" for c, p in zip(d["y"].tolist(), palabras, strict=True)]
    for _ in range(3):
        vecinas: list[list[str]] = [[] for _ in firmas]
        for i, j in d["aristas"].tolist():
            vecinas[i].append(firmas[j])
            vecinas[j].append(firmas[i])
        unidas = (f"{f}{sorted(v)}" for f, v in zip(firmas, vecinas, strict=True))
        firmas = [hashlib.sha256(u.encode()).hexdigest() for u in unidas]
    return firmas


def _resumir_cora(d: dict[str, Any]) -> str:
    """Devuelve la suma del grafo con sus atributos, en cualquier orden."""
    return hashlib.sha256("".join(sorted(_firmas(d))).encode()).hexdigest()


CORA = (
    Archivo(leer=_cora_npz, **CATALOGO["cora"].archivos["copia"]),
    Archivo(
        leer=_cora_linqs,
        resumir=_resumir_cora,
        exacto=False,
        **CATALOGO["cora"].archivos["oficial"],
    ),
)


def _particion_publica(d: dict[str, Any]) -> dict[str, Any]:
    """Devuelve la partición pública, que está guardada por orden de firma."""
    partes = np.array([int(c) for c in _paquete("cora_particion.txt")])
    orden = np.argsort(np.array(_firmas(d)), kind="stable")
    nombres = ("entrenamiento", "validacion", "prueba")
    return {n: np.sort(orden[partes == k]) for k, n in enumerate(nombres)}


def cora(sustituto: bool = False) -> Grafo:
    obtenido = pedir("cora", CORA, sustituto)
    if obtenido is None:
        k, azar = karate(), np.random.default_rng(0).permutation(np.arange(1, 33))
        d = {"x": np.eye(34, dtype=np.float32), "y": k.y, "aristas": k.aristas}
        d |= {"nodos": k.nodos, "clases": k.clases, "entrenamiento": np.array([0, 33])}
        d |= {"validacion": np.sort(azar[:8]), "prueba": np.sort(azar[8:])}
        obtenido = d, "sustituto: karate()"
    d, procedencia = obtenido
    if "prueba" not in d and _resumir_cora(d) == CORA[1].contenido:
        d |= _particion_publica(d)
    return crear(Grafo, "cora", procedencia, **d, pesos=np.ones(len(d["aristas"])))


def _limpio(datos: bytes) -> dict[str, Any]:
    """Devuelve el texto, sin espacios sobrantes ni el aviso legal de Gutenberg."""
    lineas = [linea.rstrip() for linea in datos.decode("utf-8-sig").splitlines()]
    marcas = [i for i, linea in enumerate(lineas) if linea.startswith("***")]
    if marcas:
        lineas = lineas[marcas[0] + 1 : marcas[-1]]
    texto = "\n".join(lineas).strip()
    palabras, capitulos = len(texto.split()), texto.count("Capítulo")
    if not 375_000 < palabras < 387_000 or capitulos < 120:
        raise ValueError(f"tiene {palabras} palabras y {capitulos} capítulos")
    return {"texto": texto}


QUIJOTE = (
    Archivo(leer=_limpio, **CATALOGO["quijote"].archivos["copia"]),
    Archivo(leer=_limpio, exacto=False, **CATALOGO["quijote"].archivos["oficial"]),
)


def quijote(sustituto: bool = False) -> Texto:
    obtenido = pedir("quijote", QUIJOTE, sustituto)
    if obtenido is None:
        obtenido = {"texto": _paquete("quijote_inicio.txt")}, "sustituto: el comienzo"
    return crear(Texto, "quijote", obtenido[1], **obtenido[0])


for _funcion in (mnist, cifar10, omniglot, cora, quijote):
    _funcion.__doc__ = CATALOGO[_funcion.__name__].docstring()
