"""Cómo se leen MNIST, CIFAR-10, Omniglot, Cora y el Quijote, en cada formato.

Las copias locales y los archivos oficiales son aquí pequeños y de mentira, y el sitio
oficial, un servidor local: no hacen falta ni los datos ni la red. Los datos de verdad
se prueban en ``test_datos_reales.py``.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from formatos import (
    NOMBRES,
    cifar10_binario,
    confiar,
    copia_falsa,
    cora_falsa,
    en_formato_linqs,
    gutenberg,
    linqs,
    npz,
    omniglot_falso,
    publicar,
    quijote_falso,
    redirigir,
    sha256,
    tar_gz,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from gradiente import datos
from gradiente.datos import ArchivoDanado, _descargados
from gradiente.datos._lugares import suma_contenido

FICHAS = {f.nombre: f for f in datos.catalogo()}


def comprobar(d: datos.Conjunto, campos: dict[str, Any]) -> None:
    """Comprueba que ``d`` tiene esos campos, con los tipos de su ficha."""
    nombre = d.ficha.nombre
    assert dict(d.ficha.dtype) == dict(FICHAS[nombre].dtype)
    assert set(d.ficha.forma) == {
        k for k, v in campos.items() if isinstance(v, np.ndarray)
    }
    for campo, valor in campos.items():
        if isinstance(valor, np.ndarray):
            assert d.ficha.forma[campo] == valor.shape
            assert getattr(d, campo).dtype.name == FICHAS[nombre].dtype[campo]
            assert getattr(d, campo).flags.writeable
            holgura = 3 if nombre == "cifar10" and campo[0] == "x" else 0  # JPEG
            np.testing.assert_allclose(
                getattr(d, campo).astype(float), valor, rtol=0, atol=holgura
            )
        else:
            assert getattr(d, campo) == valor


# --- Las copias locales ---------------------------------------------------------------


def dejar_copia(
    monkeypatch, carpeta: Path, nombre: str, archivo: str, octetos: bytes
) -> None:
    """Deja una copia local en ``carpeta``; la suma buena es la suya."""
    ruta = carpeta / archivo
    ruta.parent.mkdir(parents=True, exist_ok=True)
    ruta.write_bytes(octetos)
    monkeypatch.setenv("GRADIENTE_DATOS", str(carpeta))
    confiar(monkeypatch, nombre, archivo, octetos)


@pytest.mark.parametrize("nombre", NOMBRES)
def test_cada_copia_local_se_lee_entera(nombre, vacio, tmp_path, monkeypatch):
    archivo, octetos, campos = copia_falsa(nombre)
    dejar_copia(monkeypatch, tmp_path, nombre, archivo, octetos)
    d = getattr(datos, nombre)()
    assert d.ficha.procedencia == {
        "cifar10": "copia local (recomprimida como JPEG y en otro orden)"
    }.get(nombre, "copia local")
    comprobar(d, campos)


@pytest.mark.parametrize("nombre", NOMBRES)
def test_un_byte_cambiado_en_una_copia_se_detecta(nombre, vacio, tmp_path, monkeypatch):
    archivo, octetos, _ = copia_falsa(nombre)
    dejar_copia(monkeypatch, tmp_path, nombre, archivo, octetos)
    cambiado = bytearray(octetos)
    cambiado[len(octetos) // 2] ^= 1
    (tmp_path / archivo).write_bytes(cambiado)
    with pytest.raises(ArchivoDanado, match=archivo):
        getattr(datos, nombre)(sustituto=True)


def test_omniglot_tiene_otras_partes(vacio, tmp_path, monkeypatch):
    esperado = {}
    for parte, ficha in FICHAS["omniglot"].archivos.items():
        archivo, octetos, esperado[parte] = omniglot_falso(Path(ficha["nombre"]).stem)
        dejar_copia(monkeypatch, tmp_path, "omniglot", archivo, octetos)
    assert set(esperado) == {"pequena1", "pequena2", "fondo", "evaluacion"}
    for parte, campos in esperado.items():
        comprobar(datos.omniglot(parte=parte), campos)
    with pytest.raises(ValueError, match=r"«toda».*pequena1, pequena2, fondo"):
        datos.omniglot(parte="toda")


# --- La fuente oficial ----------------------------------------------------------------


def test_mnist_descargado_vale_si_el_contenido_es_el_de_mnist(
    servidor, vacio, monkeypatch
):
    archivo, octetos, campos = copia_falsa("mnist")
    confiar(monkeypatch, "mnist", archivo, octetos)
    with np.load(io.BytesIO(octetos)) as original:
        arrays = dict(original)
    servidor.paginas["x"] = npz(**dict(sorted(arrays.items())))  # otros bytes
    assert servidor.paginas["x"] != octetos
    redirigir(monkeypatch, "mnist", servidor.url("bueno/x"))
    for procedencia in ("descarga", "caché"):
        d = datos.mnist()
        assert d.ficha.procedencia == procedencia
        comprobar(d, campos)

    arrays["y_test"][3] += 1  # una sola etiqueta
    servidor.paginas["y"] = npz(**arrays)
    monkeypatch.setenv("GRADIENTE_CACHE", str(vacio / "otra"))
    redirigir(monkeypatch, "mnist", servidor.url("bueno/y"))
    with pytest.raises(ArchivoDanado):
        datos.mnist()


def test_cifar10_en_su_version_binaria(servidor, vacio, monkeypatch):
    archivo, x, y = cifar10_binario()
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


def test_omniglot_oficial_es_el_mismo_archivo(servidor, vacio, monkeypatch):
    archivo, servidor.paginas["x"], campos = copia_falsa("omniglot")
    confiar(monkeypatch, "omniglot", archivo, servidor.paginas["x"])
    redirigir(monkeypatch, "omniglot", servidor.url("bueno/x"))
    for procedencia in ("descarga", "caché"):
        d = datos.omniglot()
        assert d.ficha.procedencia == procedencia
        comprobar(d, campos)


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


def test_cora_de_linqs_recupera_el_grafo_y_la_particion_publica(
    servidor, vacio, monkeypatch, capsys
):
    original = cora_falsa()
    desorden, nodos, palabras = linqs(original)
    servidor.paginas["x"] = en_formato_linqs(desorden)
    publicar(monkeypatch, original, servidor.url("bueno/x"))
    d = datos.cora()
    assert capsys.readouterr().out == ""
    assert d.ficha.procedencia == "descarga (LINQS)"
    assert dict(d.ficha.forma) == dict(FICHAS["cora"].forma)
    assert d.nodos[:2] == ("7", "17")
    np.testing.assert_array_equal(d.x, original.x[nodos][:, palabras])
    np.testing.assert_array_equal(d.y, original.y[nodos])
    de_vuelta = {tuple(sorted(par)) for par in nodos[d.aristas].tolist()}
    assert de_vuelta == {tuple(par) for par in original.aristas.tolist()}
    for parte in ("entrenamiento", "validacion", "prueba"):
        recuperada = np.sort(nodos[getattr(d, parte)])
        np.testing.assert_array_equal(recuperada, getattr(original, parte))


def test_cora_con_una_palabra_cambiada_avisa_y_no_trae_particion(
    servidor, vacio, monkeypatch, capsys
):
    desorden, _, _ = linqs(cora_falsa())
    x = desorden["x"] = desorden["x"].copy()
    x[0, np.flatnonzero(x[0])[0]] = 0  # una palabra se muda de un artículo a otro
    x[1, np.flatnonzero(x[1] == 0)[0]] = 1
    servidor.paginas["x"] = en_formato_linqs(desorden)
    publicar(monkeypatch, cora_falsa(), servidor.url("bueno/x"))
    d = datos.cora()
    assert "no es idéntico al que usó el libro" in capsys.readouterr().out
    assert d.entrenamiento is d.validacion is d.prueba is None
    assert len(d.y) == 2708


@pytest.mark.parametrize("que", ["palabra", "tema", "cita", "nodo"])
def test_cora_con_otros_recuentos_no_se_usa(que, servidor, vacio, monkeypatch):
    desorden, _, _ = linqs(cora_falsa())
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


def redirigir_quijote(monkeypatch, url: str) -> None:
    """Hace que el Quijote oficial esté en ``url``, y que su texto sea el de mentira."""
    contenido = suma_contenido({"texto": quijote_falso()})
    redirigir(monkeypatch, "quijote", url, contenido=contenido)


def test_quijote_de_gutenberg_es_el_mismo_texto(servidor, vacio, monkeypatch, capsys):
    servidor.paginas["x"] = gutenberg(quijote_falso())
    redirigir_quijote(monkeypatch, servidor.url("bueno/x"))
    assert datos.quijote().texto == quijote_falso().strip()
    assert datos.quijote().ficha.procedencia == "caché"
    assert capsys.readouterr().out == ""


def test_quijote_corregido_por_gutenberg_vale_pero_avisa(
    servidor, vacio, monkeypatch, capsys
):
    texto = quijote_falso().replace("En un lugar 7", "En otro lugar 7")
    servidor.paginas["x"] = gutenberg(texto)
    redirigir_quijote(monkeypatch, servidor.url("bueno/x"))
    assert datos.quijote().texto == texto.strip()
    assert "no es idéntico al que usó el libro" in capsys.readouterr().out


@pytest.mark.parametrize("modo", ["truncado", "sinlargo"])
def test_quijote_a_medias_no_se_usa(modo, servidor, vacio, monkeypatch):
    servidor.paginas["x"] = gutenberg(quijote_falso())
    redirigir_quijote(monkeypatch, servidor.url(f"{modo}/x"))
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
