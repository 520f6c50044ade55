"""MNIST, CIFAR-10, Omniglot, Cora y el Quijote: de las copias y de la fuente oficial.

Las descargas oficiales se prueban contra un servidor local que sirve archivos en el
formato oficial, hechos con las copias locales. Las que las necesitan llevan la marca
``datos``: sin ``GRADIENTE_DATOS`` se saltan diciéndolo, y en la CI eso es un fallo.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradiente import datos
from gradiente.datos import ArchivoDanado, _descargados

FICHAS = {f.nombre: f for f in datos.catalogo()}
NOMBRES = ("mnist", "cifar10", "omniglot", "cora", "quijote")


def redirigir(monkeypatch, nombre: str, url: str, **cambios) -> None:
    """Hace que la descarga oficial de ``nombre`` vaya a ``url``."""
    formas = getattr(_descargados, nombre.upper())
    if isinstance(formas, dict):
        nuevas = {k: replace(a, url=url, **cambios) for k, a in formas.items()}
    else:
        nuevas = tuple(replace(a, url=url, **cambios) if a.url else a for a in formas)
    monkeypatch.setattr(_descargados, nombre.upper(), nuevas)


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


# --- Las copias locales ---------------------------------------------------------------


@pytest.mark.datos
@pytest.mark.parametrize("nombre", NOMBRES)
def test_cada_copia_es_como_dice_su_ficha(nombre, cargar):
    d = cargar(nombre)
    assert d.ficha.procedencia.startswith("copia local")
    assert dict(d.ficha.forma) == dict(FICHAS[nombre].forma)
    assert dict(d.ficha.dtype) == dict(FICHAS[nombre].dtype)
    for campo in d.ficha.forma:
        assert getattr(d, campo).shape == d.ficha.forma[campo]
        assert getattr(d, campo).flags.writeable


@pytest.mark.datos
def test_mnist(cargar):
    d = cargar("mnist")
    conteos = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(d.y_entrenamiento).tolist() == conteos
    conteos = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert np.bincount(d.y_prueba).tolist() == conteos
    assert d.y_entrenamiento[:5].tolist() == [5, 0, 4, 1, 9]
    # La media y la desviación que se usan en todas partes para normalizar.
    x = d.x_entrenamiento / 255
    assert x.mean() == pytest.approx(0.1307, abs=5e-5)
    assert x.std() == pytest.approx(0.3081, abs=5e-5)


@pytest.mark.datos
def test_cifar10(cargar):
    d = cargar("cifar10")
    assert np.bincount(d.y_entrenamiento).tolist() == [5000] * 10
    assert np.bincount(d.y_prueba).tolist() == [1000] * 10
    assert d.clases[8] == "barco"
    medias = d.x_entrenamiento.mean(axis=(0, 1, 2)) / 255
    np.testing.assert_allclose(medias, [0.4914, 0.4822, 0.4465], atol=2e-3)


@pytest.mark.datos
def test_omniglot(cargar):
    d = cargar("omniglot")
    assert len(d.alfabetos) == 5 and len(d.clases) == 136
    assert np.bincount(d.y).tolist() == [20] * 136
    assert np.bincount(d.dibujante)[1:].tolist() == [136] * 20
    assert set(np.unique(d.x)) == {0, 1}
    assert 0.02 < d.x.mean() < 0.1  # lo más es papel
    for i in (0, 1000, 2719):
        assert d.clases[d.y[i]].startswith(d.alfabetos[d.alfabeto[i]] + "/")


@pytest.mark.datos
def test_omniglot_tiene_otras_partes(copias):
    d = datos.omniglot(parte="pequena2")
    assert d.x.shape == (3120, 105, 105) and len(d.clases) == 156
    with pytest.raises(ValueError, match=r"«toda».*pequena1, pequena2, fondo"):
        datos.omniglot(parte="toda")


@pytest.mark.datos
def test_cora(cargar):
    d = cargar("cora")
    assert np.bincount(d.y).tolist() == [351, 217, 418, 818, 426, 298, 180]
    assert len(d.clases) == 7 and d.clases[3] == "redes neuronales"
    assert set(np.unique(d.x)) == {0, 1} and d.x.sum() == 49216
    i, j = d.aristas.T
    assert (i < j).all() and len(np.unique(d.aristas, axis=0)) == 5278
    assert np.bincount(d.y[d.entrenamiento]).tolist() == [20] * 7
    partes = [set(d.entrenamiento), set(d.validacion), set(d.prueba)]
    assert len(set.union(*partes)) == sum(map(len, partes)) == 1640
    # Homofilia: cuatro de cada cinco citas son del mismo tema.
    assert (d.y[i] == d.y[j]).mean() == pytest.approx(0.81, abs=0.005)


@pytest.mark.datos
def test_quijote(cargar):
    texto = cargar("quijote").texto
    assert len(texto) == 2_097_952 and len(set(texto)) == 91
    assert texto.startswith("El ingenioso hidalgo don Quijote de la Mancha\n")
    assert "En un lugar de la Mancha, de cuyo nombre no quiero acordarme" in texto
    assert "\r" not in texto and texto.count("Capítulo") == 126


@pytest.mark.datos
@pytest.mark.parametrize("nombre", ["mnist.npz", "cora.npz", "quijote.txt"])
def test_un_byte_cambiado_en_una_copia_se_detecta(
    nombre, copias, tmp_path, monkeypatch
):
    octetos = bytearray((copias / nombre).read_bytes())
    octetos[len(octetos) // 2] ^= 1
    (tmp_path / nombre).write_bytes(octetos)
    monkeypatch.setenv("GRADIENTE_DATOS", str(tmp_path))
    with pytest.raises(ArchivoDanado, match=nombre):
        getattr(datos, nombre.split(".")[0])(sustituto=True)


# --- La fuente oficial ----------------------------------------------------------------


@pytest.mark.datos
def test_mnist_descargado_vale_si_el_contenido_es_el_de_mnist(
    copias, servidor, vacio, monkeypatch
):
    with np.load(copias / "mnist.npz") as original:
        arrays = dict(original)
    empaquetado = io.BytesIO()
    np.savez(empaquetado, **arrays)  # otro orden y sin comprimir: otros bytes
    servidor.paginas["x"] = empaquetado.getvalue()
    redirigir(monkeypatch, "mnist", servidor.url("bueno/x"), maximo=10**8)
    d = datos.mnist()
    assert d.ficha.procedencia == "descarga"
    np.testing.assert_array_equal(d.x_prueba, arrays["x_test"])

    arrays["y_test"][123] += 1  # una sola etiqueta
    empaquetado = io.BytesIO()
    np.savez(empaquetado, **arrays)
    servidor.paginas["y"] = empaquetado.getvalue()
    monkeypatch.setenv("GRADIENTE_CACHE", str(vacio / "otra"))
    redirigir(monkeypatch, "mnist", servidor.url("bueno/y"), maximo=10**8)
    with pytest.raises(ArchivoDanado):
        datos.mnist()


def cifar10_falso() -> tuple[bytes, np.ndarray, np.ndarray]:
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


def test_cifar10_en_su_version_binaria(servidor, vacio, monkeypatch):
    archivo, x, y = cifar10_falso()
    servidor.paginas["x"] = archivo
    redirigir(monkeypatch, "cifar10", servidor.url("bueno/x"), sha256=sha256(archivo))
    d = datos.cifar10()
    assert dict(d.ficha.forma) == dict(FICHAS["cifar10"].forma)
    np.testing.assert_array_equal(np.r_[d.y_entrenamiento, d.y_prueba], y)
    # Fila i, columna j, canal c está en el byte 1024c + 32i + j del registro.
    for n, i, j, c in ((0, 0, 0, 0), (123, 5, 7, 1), (49_999, 31, 31, 2)):
        assert d.x_entrenamiento[n, i, j, c] == x[n, 1024 * c + 32 * i + j]
    assert d.x_prueba[9_999, 3, 30, 2] == x[59_999, 1024 * 2 + 32 * 3 + 30]


def test_cifar10_sin_un_lote_no_se_usa(servidor, vacio, monkeypatch):
    archivo = tar_gz({"cifar-10-batches-bin/data_batch_1.bin": bytes(30_730_000)})
    servidor.paginas["x"] = archivo
    redirigir(monkeypatch, "cifar10", servidor.url("bueno/x"), sha256=sha256(archivo))
    with pytest.raises(ArchivoDanado, match="data_batch_2"):
        datos.cifar10()


@pytest.mark.datos
def test_omniglot_oficial_es_el_mismo_archivo(
    copias, cargar, servidor, vacio, monkeypatch
):
    nombre = FICHAS["omniglot"].archivos["pequena1"]["nombre"]
    local = cargar("omniglot")
    servidor.paginas["x"] = (copias / nombre).read_bytes()
    redirigir(monkeypatch, "omniglot", servidor.url("bueno/x"))
    for procedencia in ("descarga", "caché"):
        d = datos.omniglot()
        assert d.ficha.procedencia == procedencia
        np.testing.assert_array_equal(d.x, local.x)
        np.testing.assert_array_equal(d.y, local.y)


def test_omniglot_no_se_confunde_con_otros_archivos_del_zip():
    from PIL import Image

    dibujo = io.BytesIO()
    Image.fromarray(np.eye(105, dtype=bool)).save(dibujo, "PNG")
    archivo = io.BytesIO()
    with zipfile.ZipFile(archivo, "w") as z:
        z.writestr("images_background/", "")
        z.writestr(
            "images_background/Futurama/character02/0001_07.png", dibujo.getvalue()
        )
        z.writestr("__MACOSX/Futurama/character02/._0001_07.png", b"basura")
    d = _descargados._omniglot_zip(archivo.getvalue())
    assert d["claves"] == [("Futurama", "character02", "07")]
    np.testing.assert_array_equal(d["x"][0], 1 - np.eye(105, dtype=np.uint8))


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


@pytest.mark.datos
def test_cora_de_linqs_recupera_el_grafo_y_la_particion_publica(
    cargar, servidor, vacio, monkeypatch, capsys
):
    original = cargar("cora")
    desorden, nodos, palabras = linqs(original)
    servidor.paginas["x"] = en_formato_linqs(desorden)
    redirigir(monkeypatch, "cora", servidor.url("bueno/x"))
    d = datos.cora()
    assert capsys.readouterr().out == ""
    assert d.ficha.procedencia == "descarga (LINQS)"
    assert d.nodos[:2] == ("7", "17")
    np.testing.assert_array_equal(d.x, original.x[nodos][:, palabras])
    np.testing.assert_array_equal(d.y, original.y[nodos])
    de_vuelta = {tuple(sorted(par)) for par in nodos[d.aristas].tolist()}
    assert de_vuelta == {tuple(par) for par in original.aristas.tolist()}
    for parte in ("entrenamiento", "validacion", "prueba"):
        recuperada = set(nodos[getattr(d, parte)].tolist())
        verdadera = set(getattr(original, parte).tolist())
        assert len(recuperada) == len(verdadera)
        # Salvo artículos gemelos: las mismas palabras, tema y citas a los mismos.
        de_mas, de_menos = recuperada - verdadera, verdadera - recuperada
        assert len(de_mas) <= 8
        filas = [
            sorted(original.x[list(s)].astype(int).tolist()) for s in (de_mas, de_menos)
        ]
        assert filas[0] == filas[1]


@pytest.mark.datos
def test_cora_con_una_palabra_cambiada_avisa_y_no_trae_particion(
    cargar, servidor, vacio, monkeypatch, capsys
):
    desorden, _, _ = linqs(cargar("cora"))
    x = desorden["x"] = desorden["x"].copy()
    x[0, np.flatnonzero(x[0])[0]] = 0  # una palabra se muda de un artículo a otro
    x[1, np.flatnonzero(x[1] == 0)[0]] = 1
    servidor.paginas["x"] = en_formato_linqs(desorden)
    redirigir(monkeypatch, "cora", servidor.url("bueno/x"))
    d = datos.cora()
    assert "no es idéntico al que usó el libro" in capsys.readouterr().out
    assert d.entrenamiento is d.validacion is d.prueba is None
    assert len(d.y) == 2708


@pytest.mark.datos
@pytest.mark.parametrize("que", ["palabra", "tema", "cita", "nodo"])
def test_cora_con_otros_recuentos_no_se_usa(que, cargar, servidor, vacio, monkeypatch):
    desorden, _, _ = linqs(cargar("cora"))
    if que == "palabra":
        desorden["x"] = np.maximum(desorden["x"], np.eye(2708, 1433))
    elif que == "tema":
        desorden["y"] = np.roll(desorden["y"], 1) * 0
    elif que == "cita":
        desorden["citas"] = desorden["citas"][1:-151]
    else:
        desorden["x"] = desorden["x"][:-1]
        desorden["y"] = desorden["y"][:-1]
        desorden["citas"] = [c for c in desorden["citas"] if 2707 not in c]
    servidor.paginas["x"] = en_formato_linqs(desorden)
    redirigir(monkeypatch, "cora", servidor.url("bueno/x"))
    with pytest.raises(ArchivoDanado, match="recuentos no son los publicados"):
        datos.cora()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_las_firmas_no_dependen_del_orden(semilla):
    azar = np.random.default_rng(semilla)
    n, k = azar.integers(2, 12, 2)
    i, j = np.triu_indices(n, 1)
    hay = azar.random(len(i)) < 0.4
    d = {
        "x": (azar.random((n, k)) < 0.4).astype(np.float32),
        "y": azar.integers(0, 3, n),
        "aristas": np.stack([i, j], axis=1)[hay],
    }
    orden, palabras = azar.permutation(n), azar.permutation(k)
    otro = {
        "x": d["x"][orden][:, palabras],
        "y": d["y"][orden],
        "aristas": np.argsort(orden)[d["aristas"]][azar.permutation(hay.sum())],
    }
    firmas = _descargados._firmas(d)
    assert _descargados._firmas(otro) == [firmas[v] for v in orden]
    assert _descargados._resumir_cora(otro) == _descargados._resumir_cora(d)
    d["y"] = d["y"].copy()
    d["y"][0] += 1
    assert _descargados._resumir_cora(otro) != _descargados._resumir_cora(d)


# El Quijote, como lo publica Gutenberg: con BOM, CRLF y avisos delante y detrás.


def gutenberg(texto: str) -> bytes:
    """Devuelve el texto como lo publica Project Gutenberg."""
    cabecera = "The Project Gutenberg eBook of Don Quijote\n\nTitle: Don Quijote\n\n"
    titulo = "PROJECT GUTENBERG EBOOK DON QUIJOTE ***\n\n"
    pie = "Updated editions will replace the previous one.\n"
    entero = (
        f"{cabecera}*** START OF THE {titulo}\n\n{texto}\n\n*** END OF THE {titulo}"
    )
    return ("\ufeff" + entero + pie).replace("\n", "\r\n").encode()


@pytest.mark.datos
def test_quijote_de_gutenberg_es_el_mismo_texto(
    cargar, servidor, vacio, monkeypatch, capsys
):
    texto = cargar("quijote").texto
    servidor.paginas["x"] = gutenberg(texto)
    redirigir(monkeypatch, "quijote", servidor.url("bueno/x"))
    assert datos.quijote().texto == texto
    assert datos.quijote().ficha.procedencia == "caché"
    assert capsys.readouterr().out == ""


@pytest.mark.datos
def test_quijote_corregido_por_gutenberg_vale_pero_avisa(
    cargar, servidor, vacio, monkeypatch, capsys
):
    texto = cargar("quijote").texto.replace("no quiero acordarme", "me acuerdo")
    servidor.paginas["x"] = gutenberg(texto)
    redirigir(monkeypatch, "quijote", servidor.url("bueno/x"))
    assert datos.quijote().texto == texto
    assert "no es idéntico al que usó el libro" in capsys.readouterr().out


@pytest.mark.datos
@pytest.mark.parametrize("modo", ["truncado", "sinlargo"])
def test_quijote_a_medias_no_se_usa(modo, cargar, servidor, vacio, monkeypatch):
    texto = cargar("quijote").texto
    servidor.paginas["x"] = gutenberg(texto)
    redirigir(monkeypatch, "quijote", servidor.url(f"{modo}/x"))
    with pytest.raises(datos.DatosNoDisponibles):
        datos.quijote()


# --- Las sumas y los sustitutos -------------------------------------------------------


@pytest.mark.parametrize("nombre", NOMBRES)
def test_toda_fuente_tiene_una_suma_con_la_que_comprobarse(nombre):
    archivos = FICHAS[nombre].archivos
    assert any(a.get("url", "").startswith("https://") for a in archivos.values())
    for archivo in archivos.values():
        sumas = [archivo[k] for k in ("sha256", "contenido") if k in archivo]
        assert sumas and all(len(s) == 64 and int(s, 16) for s in sumas)
        assert "maximo" in archivo or "url" not in archivo


def test_la_suma_de_mnist_es_la_que_publica_keras():
    from importlib import util

    codigo = Path(util.find_spec("keras").origin).parent
    codigo = (codigo / "src" / "datasets" / "mnist.py").read_text("utf-8")
    archivo = FICHAS["mnist"].archivos["oficial"]
    assert archivo["sha256"] in codigo
    assert archivo["url"].rsplit("/", 1)[0] in codigo


@pytest.mark.parametrize("nombre", NOMBRES)
def test_los_sustitutos_tienen_la_misma_forma_de_usarse(
    nombre, servidor, vacio, monkeypatch, capsys
):
    redirigir(monkeypatch, nombre, servidor.url("nada/x"))
    d = getattr(datos, nombre)(sustituto=True)
    assert "AVISO: esto NO es" in capsys.readouterr().out
    assert d.ficha.procedencia.startswith("sustituto: ")
    assert set(d.ficha.forma) == set(FICHAS[nombre].forma)
    for campo, forma in FICHAS[nombre].forma.items():
        valor = getattr(d, campo)
        assert valor.dtype.name == FICHAS[nombre].dtype[campo]
        assert valor.ndim == len(forma)
        if campo.startswith("x") and nombre != "cora":
            assert valor.shape[1:] == forma[1:]
            assert valor.max() == (1 if nombre == "omniglot" else 255)
    if nombre == "quijote":
        assert d.texto.startswith("En un lugar de la Mancha")


def test_el_sustituto_de_omniglot_tiene_veinte_dibujos_de_cada_cifra(
    servidor, vacio, monkeypatch
):
    redirigir(monkeypatch, "omniglot", servidor.url("nada/x"))
    d = datos.omniglot(sustituto=True)
    assert np.bincount(d.y).tolist() == [20] * 10
    assert np.bincount(d.dibujante)[1:].tolist() == [10] * 20


def test_el_sustituto_de_mnist_son_las_cifras_ampliadas(servidor, vacio, monkeypatch):
    redirigir(monkeypatch, "mnist", servidor.url("nada/x"))
    d, originales = datos.mnist(sustituto=True), datos.digitos()
    np.testing.assert_array_equal(np.r_[d.y_entrenamiento, d.y_prueba], originales.y)
    chico = d.x_entrenamiento[0, 2:26:3, 2:26:3] * (16 / 255)
    np.testing.assert_allclose(chico, originales.x[0].reshape(8, 8), atol=0.04)
