"""El orden de los lugares, la descarga y las sumas, contra un servidor local."""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from gradiente.datos import ArchivoDanado, DatosNoDisponibles, _lugares
from gradiente.datos._descargados import _npz
from gradiente.datos._lugares import Archivo, pedir, suma_contenido

SALIDAS = ("Tres salidas:", "Con red", "GRADIENTE_DATOS", "sustituto=True")


def npz(**arrays: np.ndarray) -> bytes:
    """Devuelve los bytes de un .npz."""
    archivo = io.BytesIO()
    np.savez(archivo, **arrays)
    return archivo.getvalue()


BUENO = npz(a=np.arange(20_000))
OTROS_BYTES = npz(b=np.zeros(1), a=np.arange(20_000))
OTRO = npz(a=np.arange(20_000)[::-1])


def archivo(**campos) -> Archivo:
    """Devuelve un archivo de prueba con un array ``a`` y su suma verdadera."""
    base = Archivo(
        nombre="prueba.npz",
        leer=lambda datos: _npz(datos, ("a",)),
        sha256=hashlib.sha256(BUENO).hexdigest(),
        maximo=1_000_000,
    )
    return replace(base, **campos)


def comprobar_contenido(obtenido, procedencia: str) -> None:
    contenido, lugar = obtenido
    np.testing.assert_array_equal(contenido["a"], np.arange(20_000))
    assert lugar == procedencia


def guardados(carpeta: Path) -> set[str]:
    return {a.name for a in carpeta.rglob("*")} if carpeta.exists() else set()


@pytest.fixture
def rapido(monkeypatch):
    """Poca paciencia con el servidor."""
    monkeypatch.setattr(_lugares, "ESPERA", 0.3)
    monkeypatch.setattr(_lugares, "PLAZO", 0.6)


# --- El orden -------------------------------------------------------------------------


def test_descarga_y_luego_usa_la_cache(servidor, vacio):
    servidor.paginas["x"] = BUENO
    bueno = archivo(url=servidor.url("bueno/x"))
    comprobar_contenido(pedir("prueba", [bueno], False), "descarga")
    comprobar_contenido(pedir("prueba", [bueno], False), "caché")
    assert servidor.peticiones == ["/bueno/x"]
    assert guardados(vacio) == {"prueba.npz", "prueba.npz.sha256"}


def test_la_copia_local_va_antes_que_la_cache_y_la_red(
    servidor, vacio, tmp_path, monkeypatch
):
    local = tmp_path / "local"
    local.mkdir()
    (local / "prueba.npz").write_bytes(BUENO)
    monkeypatch.setenv("GRADIENTE_DATOS", str(local))
    bueno = archivo(url=servidor.url("bueno/x"))
    comprobar_contenido(pedir("prueba", [bueno], False), "copia local")
    assert servidor.peticiones == []
    assert guardados(vacio) == set()


def test_si_la_carpeta_local_no_lo_tiene_se_descarga(
    servidor, vacio, tmp_path, monkeypatch
):
    servidor.paginas["x"] = BUENO
    monkeypatch.setenv("GRADIENTE_DATOS", str(tmp_path / "no-existe"))
    bueno = archivo(url=servidor.url("bueno/x"))
    comprobar_contenido(pedir("prueba", [bueno], False), "descarga")


def test_de_las_formas_locales_vale_la_primera_que_haya(vacio, tmp_path, monkeypatch):
    (tmp_path / "copia.npz").write_bytes(BUENO)
    monkeypatch.setenv("GRADIENTE_DATOS", str(tmp_path))
    copia = archivo(nombre="copia.npz", nota=" (especial)")
    formas = [archivo(url="http://127.0.0.1:9/x"), copia]
    comprobar_contenido(pedir("prueba", formas, False), "copia local (especial)")


def test_sin_cache_donde_escribir_los_datos_sirven_igual(
    servidor, tmp_path, monkeypatch
):
    servidor.paginas["x"] = BUENO
    monkeypatch.delenv("GRADIENTE_DATOS", raising=False)
    (tmp_path / "un-archivo").write_text("no soy una carpeta")
    monkeypatch.setenv("GRADIENTE_CACHE", str(tmp_path / "un-archivo" / "cache"))
    bueno = archivo(url=servidor.url("bueno/x"))
    comprobar_contenido(pedir("prueba", [bueno], False), "descarga")


def test_la_cache_de_fabrica_esta_en_la_carpeta_personal(
    servidor, tmp_path, monkeypatch
):
    servidor.paginas["x"] = BUENO
    monkeypatch.delenv("GRADIENTE_DATOS", raising=False)
    monkeypatch.delenv("GRADIENTE_CACHE", raising=False)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    pedir("prueba", [archivo(url=servidor.url("bueno/x"))], False)
    assert (tmp_path / ".cache" / "gradiente" / "prueba.npz").read_bytes() == BUENO


# --- Lo que puede ir mal --------------------------------------------------------------

FALLOS = {
    "truncado/x": "se cortó: ",
    "sinlargo/x": "no es lo que debe ser",
    "nada/x": "el servidor respondió 404",
    "bueno/no-hay": "el servidor respondió 404",
    "bueno/otro": "SHA-256",
    "bueno/portada": "SHA-256",
    "bueno/grande": "envía más de los 1000000 bytes",
    "lento/x": "no responde a tiempo",
    "goteo/x": "no responde a tiempo",
}


@pytest.mark.parametrize("ruta", FALLOS)
def test_una_descarga_mala_se_dice_y_no_deja_nada(ruta, servidor, vacio, rapido):
    servidor.paginas |= {
        "x": BUENO,
        "otro": OTRO,
        "portada": b"<html>Acepte las condiciones de la red</html>",
        "grande": bytes(1_000_001),
    }
    with pytest.raises(DatosNoDisponibles) as error:
        pedir("prueba", [archivo(url=servidor.url(ruta))], False)
    mensaje = str(error.value)
    assert FALLOS[ruta] in mensaje
    assert servidor.url(ruta) in mensaje
    for parte in (*SALIDAS, "«prueba»", "prueba.npz", "datos.prueba("):
        assert parte in mensaje
    assert isinstance(error.value, ArchivoDanado) == ("SHA-256" in FALLOS[ruta]) or (
        ruta == "sinlargo/x"
    )
    assert guardados(vacio) == set()
    assert error.value.__cause__ is None  # el mensaje basta: sin cadena de errores


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/x", "http://no-existe.invalid/x", "esto no es una url"]
)
def test_sin_red_se_dicen_las_tres_salidas(url, vacio):
    with pytest.raises(DatosNoDisponibles) as error:
        pedir("prueba", [archivo(url=url)], False)
    for parte in SALIDAS:
        assert parte in str(error.value)


@pytest.mark.parametrize("ruta", ["nada/x", "bueno/otro", "truncado/x"])
def test_el_sustituto_solo_si_se_pide_y_con_aviso(ruta, servidor, vacio, capsys):
    servidor.paginas |= {"x": BUENO, "otro": OTRO}
    malo = archivo(url=servidor.url(ruta))
    with pytest.raises(DatosNoDisponibles):
        pedir("prueba", [malo], False)
    assert capsys.readouterr().out == ""
    assert pedir("prueba", [malo], True) is None
    aviso = capsys.readouterr().out
    assert "AVISO: esto NO es «prueba», sino un sustituto" in aviso


def test_el_sustituto_no_se_usa_si_hay_datos(servidor, vacio):
    servidor.paginas["x"] = BUENO
    bueno = archivo(url=servidor.url("bueno/x"))
    comprobar_contenido(pedir("prueba", [bueno], True), "descarga")


@pytest.mark.parametrize("sustituto", [False, True])
@pytest.mark.parametrize(
    "datos", [OTRO, BUENO[:-1], b""], ids=["otro", "corto", "vacío"]
)
def test_una_copia_local_danada_se_dice_y_no_se_sustituye(
    sustituto, datos, servidor, vacio, tmp_path, monkeypatch
):
    servidor.paginas["x"] = BUENO
    ruta = tmp_path / "prueba.npz"
    ruta.write_bytes(datos)
    monkeypatch.setenv("GRADIENTE_DATOS", str(tmp_path))
    bueno = archivo(url=servidor.url("bueno/x"))
    with pytest.raises(ArchivoDanado, match="La copia local de «prueba»") as error:
        pedir("prueba", [bueno], sustituto)
    assert str(ruta) in str(error.value)
    assert servidor.peticiones == []
    assert ruta.read_bytes() == datos


def test_una_cache_danada_se_dice_y_se_descarga_de_nuevo(servidor, vacio, capsys):
    servidor.paginas["x"] = BUENO
    bueno = archivo(url=servidor.url("bueno/x"))
    pedir("prueba", [bueno], False)
    (vacio / "prueba.npz").write_bytes(BUENO[:-100])
    comprobar_contenido(pedir("prueba", [bueno], False), "descarga")
    assert "está dañado en la caché" in capsys.readouterr().out
    assert (vacio / "prueba.npz").read_bytes() == BUENO


def test_una_cache_sin_suma_publicada_tambien_se_vigila(servidor, vacio, capsys):
    """Lo guardado se compara con la suma que tenía al descargarse."""
    servidor.paginas["x"] = OTRO
    libre = archivo(
        url=servidor.url("bueno/x"), sha256="", contenido="otra", exacto=False
    )
    assert pedir("prueba", [libre], False)[1] == "descarga"
    assert "no es idéntico" in capsys.readouterr().out
    assert pedir("prueba", [libre], False)[1] == "caché"
    (vacio / "prueba.npz").write_bytes(OTROS_BYTES)  # se puede leer, pero es otro
    assert pedir("prueba", [libre], False)[1] == "descarga"
    assert "ha cambiado desde que se descargó" in capsys.readouterr().out


def test_si_falla_la_escritura_no_queda_un_archivo_a_medias(
    servidor, vacio, monkeypatch
):
    servidor.paginas["x"] = BUENO

    def lleno(*_, **__):
        raise OSError(28, "No queda espacio")

    monkeypatch.setattr(Path, "replace", lleno)
    bueno = archivo(url=servidor.url("bueno/x"))
    comprobar_contenido(pedir("prueba", [bueno], False), "descarga")
    assert guardados(vacio) == set()


# --- Las sumas ------------------------------------------------------------------------


def test_valen_otros_bytes_con_el_mismo_contenido():
    estricto = archivo()
    with pytest.raises(ArchivoDanado):
        estricto.comprobar(OTROS_BYTES)
    contenido = suma_contenido({"a": np.arange(20_000)})
    flexible = archivo(contenido=contenido)
    np.testing.assert_array_equal(flexible.comprobar(OTROS_BYTES)["a"][:3], [0, 1, 2])
    with pytest.raises(ArchivoDanado):
        flexible.comprobar(OTRO)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(BUENO) - 1), st.integers(1, 255))
def test_un_solo_byte_cambiado_se_detecta(posicion, cambio):
    danado = bytearray(BUENO)
    danado[posicion] ^= cambio
    with pytest.raises(ArchivoDanado):
        archivo().comprobar(bytes(danado))


arrays = nps.arrays(
    st.sampled_from([np.uint8, np.int64, np.float32]),
    nps.array_shapes(max_dims=3, max_side=4),
    elements=st.integers(0, 100),
)


@given(arrays)
def test_la_suma_del_contenido_no_depende_de_como_este_en_memoria(a):
    suma = suma_contenido({"a": a, "t": "dos  palabras\n"})
    al_reves = a.astype(a.dtype.newbyteorder(">"))
    salteado = np.repeat(a, 2, axis=-1)[..., ::2]
    for otro in (al_reves, salteado, np.asfortranarray(a)):
        assert suma_contenido({"t": "dos palabras", "a": otro}) == suma


@given(arrays, st.data())
def test_la_suma_del_contenido_cambia_con_cualquier_cosa(a, azar):
    suma = suma_contenido({"a": a})
    otro = a.copy()
    otro.flat[azar.draw(st.integers(0, a.size - 1))] += 1
    assert suma_contenido({"a": otro}) != suma
    assert suma_contenido({"b": a}) != suma
    assert suma_contenido({"a": a.reshape(*a.shape, 1)}) != suma
    assert suma_contenido({"a": a.astype(np.float64)}) != suma


class Bomba:
    """Si alguien deshace el pickle, deja un archivo."""

    def __init__(self, testigo: Path) -> None:
        self.testigo = testigo

    def __reduce__(self):
        return (Path.touch, (self.testigo,))


def test_nunca_se_carga_un_pickle(tmp_path):
    testigo = tmp_path / "testigo"
    con_pickle = npz(a=np.array([Bomba(testigo)], dtype=object))
    pelado = pickle.dumps({"a": Bomba(testigo)})
    for datos in (con_pickle, pelado):
        confiado = archivo(sha256=hashlib.sha256(datos).hexdigest())
        with pytest.raises(ArchivoDanado, match="no se puede leer"):
            confiado.comprobar(datos)
    assert not testigo.exists()


# --- Varios procesos ------------------------------------------------------------------

PROCESO = """
import sys
from gradiente.datos._lugares import Archivo, pedir
a = Archivo(nombre="x.bin", leer=lambda d: {"n": len(d)}, sha256=sys.argv[2],
            url=sys.argv[1], maximo=10**7)
print(*pedir("x", [a], False))
"""


def proceso(url: str, datos: bytes) -> subprocess.Popen:
    suma = hashlib.sha256(datos).hexdigest()
    orden = [sys.executable, "-c", PROCESO, url, suma]
    return subprocess.Popen(orden, stdout=subprocess.PIPE, text=True, env=os.environ)


def test_dos_procesos_a_la_vez_no_se_estropean(servidor, vacio):
    datos = bytes(range(256)) * 10_000
    servidor.paginas["x"] = datos
    procesos = [proceso(servidor.url("pausa/x"), datos) for _ in range(3)]
    salidas = [p.communicate(timeout=120)[0].strip() for p in procesos]
    assert all(p.returncode == 0 for p in procesos)
    assert all(s.startswith(f"{{'n': {len(datos)}}}") for s in salidas)
    assert servidor.peticiones.count("/pausa/x") >= 2  # de verdad coincidieron
    assert guardados(vacio) == {"x.bin", "x.bin.sha256"}
    assert (vacio / "x.bin").read_bytes() == datos


def test_matar_una_descarga_no_deja_nada_que_se_use(servidor, vacio):
    datos = bytes(range(256)) * 10
    servidor.paginas["x"] = datos
    victima = proceso(servidor.url("goteo/x"), datos)
    limite = time.monotonic() + 60
    while not servidor.peticiones and time.monotonic() < limite:
        time.sleep(0.05)
    assert servidor.peticiones
    victima.send_signal(signal.SIGKILL)
    victima.communicate()
    assert "x.bin" not in guardados(vacio)
    salida, _ = proceso(servidor.url("bueno/x"), datos).communicate(timeout=120)
    assert salida.strip() == f"{{'n': {len(datos)}}} descarga"
