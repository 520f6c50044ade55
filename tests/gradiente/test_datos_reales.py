"""Los datos de verdad: formas, recuentos y lo que se sabe de cada conjunto.

Vienen de donde los haya: de las copias (``GRADIENTE_DATOS``), de la caché o de la
descarga oficial. Sin ninguno de los tres, cada prueba lo dice y se salta; en CI, falla.

Sin copias se descargan como mucho 17 MB, una vez: MNIST (11), el Quijote (2), dos
partes de Omniglot (3) y Cora (0,2). CIFAR-10, que son 162 MB, no se descarga en cada
cambio: véase ``test_cifar10``.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from formatos import en_formato_linqs, linqs, redirigir

from gradiente import datos
from gradiente.datos._lugares import suma_contenido

FICHAS = {f.nombre: f for f in datos.catalogo()}
LUGARES = ("GRADIENTE_DATOS", "GRADIENTE_CACHE")


def sin_datos(error: Exception) -> None:
    """Salta la prueba por falta de datos reales, alto; en CI, la hace fallar.

    Un archivo dañado es siempre un fallo: los datos están, pero están mal.
    """
    motivo, _, salidas = str(error).partition("\nTres salidas:")
    if isinstance(error, datos.ArchivoDanado):
        pytest.fail(f"DATOS DAÑADOS: {motivo}", pytrace=False)
    url = salidas.partition("se descarga de ")[2].partition("\n")[0]
    motivo = f"SIN DATOS: {motivo} ({url})"
    if not os.environ.get("CI"):
        pytest.skip(motivo)
    pytest.fail(
        f"{motivo}\nEsta prueba usa los datos reales, y en CI su falta es un fallo.\n"
        "Ponga en GRADIENTE_DATOS la carpeta de copias, o dé red para descargarlos.",
        pytrace=False,
    )


@pytest.fixture(scope="session")
def cargar() -> Callable[..., Any]:
    """Carga un conjunto real de donde lo haya, una sola vez: cuesta segundos.

    De las copias locales, de la caché o de la descarga oficial, como quien lee el
    libro; si no está en ningún sitio, véase :func:`sin_datos`.
    """
    lugares = {variable: os.environ.get(variable) for variable in LUGARES}
    hechos: dict[tuple[str, ...], Any] = {}
    carpeta = lugares["GRADIENTE_DATOS"]
    if carpeta and not Path(carpeta).is_dir():
        pytest.fail(f"GRADIENTE_DATOS dice {carpeta}, que no existe", pytrace=False)

    def _cargar(nombre: str, **opciones: str) -> Any:
        clave = (nombre, *opciones.values())
        if clave not in hechos:
            with pytest.MonkeyPatch.context() as entorno:
                for variable, valor in lugares.items():
                    if valor:
                        entorno.setenv(variable, valor)
                    else:
                        entorno.delenv(variable, raising=False)
                try:
                    hechos[clave] = getattr(datos, nombre)(**opciones)
                except datos.DatosNoDisponibles as error:
                    hechos[clave] = error
        if isinstance(hechos[clave], Exception):
            sin_datos(hechos[clave])
        return hechos[clave]

    return _cargar


def copias(nombre: str) -> list[Path]:
    """Devuelve dónde puede haber una copia local de ``nombre``."""
    carpeta = os.environ.get("GRADIENTE_DATOS")
    archivos = FICHAS[nombre].archivos.values() if carpeta else ()
    return [Path(carpeta) / archivo["nombre"] for archivo in archivos]


def en_disco(nombre: str) -> bool:
    """Dice si ``nombre`` está en la carpeta de copias o en la caché."""
    cache = Path(os.environ.get("GRADIENTE_CACHE") or "~/.cache/gradiente")
    oficial = cache.expanduser() / FICHAS[nombre].archivos["oficial"]["nombre"]
    return any(ruta.is_file() for ruta in (*copias(nombre), oficial))


def como_su_ficha(d: datos.Conjunto) -> bool:
    """Comprueba las formas y los tipos; dice si viene de una copia local."""
    ficha = FICHAS[d.ficha.nombre]
    lugar = d.ficha.procedencia.split(" (")[0]
    assert lugar in ("copia local", "caché", "descarga")
    assert (lugar == "copia local") == any(r.is_file() for r in copias(ficha.nombre))
    for campo in d.ficha.forma:
        valor = getattr(d, campo)
        assert valor.shape == ficha.forma[campo]
        assert valor.dtype.name == ficha.dtype[campo]
        assert valor.flags.writeable
    faltan = set(ficha.forma) - set(d.ficha.forma)
    # La Cora de LINQS trae la partición pública solo si el grafo es el mismo.
    assert not faltan or (
        d.ficha.procedencia.endswith("(LINQS)")
        and faltan == {"entrenamiento", "validacion", "prueba"}
    )
    return lugar == "copia local"


# --- Qué pasa cuando faltan -----------------------------------------------------------


@pytest.fixture
def error(servidor, vacio, monkeypatch) -> datos.DatosNoDisponibles:
    """El de MNIST cuando no hay copias ni caché y el sitio oficial no responde."""
    redirigir(monkeypatch, "mnist", servidor.url("nada/mnist.npz"))
    with pytest.raises(datos.DatosNoDisponibles) as caso:
        datos.mnist()
    return caso.value


def test_sin_datos_se_salta_diciendolo_y_en_ci_falla(error, servidor, monkeypatch):
    motivo = r"SIN DATOS: .*«mnist»: el servidor respondió 404.*/nada/mnist.npz\)"
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match=motivo):
        sin_datos(error)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match=motivo) as caso:
        sin_datos(error)
    assert "en CI su falta es un fallo" in str(caso.value)


def test_unos_datos_danados_fallan_tambien_fuera_de_ci(monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.fail.Exception, match="DATOS DAÑADOS: la suma"):
        sin_datos(datos.ArchivoDanado("la suma no es la suya"))


# --- Los datos ------------------------------------------------------------------------


@pytest.mark.datos
def test_mnist(cargar):
    d = cargar("mnist")
    como_su_ficha(d)
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
def test_el_archivo_de_mnist_y_su_contenido_son_los_del_catalogo(cargar):
    """Con las dos sumas: la copia y el archivo oficial son el mismo MNIST."""
    d = cargar("mnist")
    contenido = {campo: getattr(d, campo) for campo in d.ficha.forma}
    assert suma_contenido(contenido) == FICHAS["mnist"].archivos["oficial"]["contenido"]


@pytest.mark.datos
def test_cifar10(cargar):
    """Los recuentos no dependen del orden; las medias, apenas de recomprimir.

    Son 162 MB: si no está en el disco, solo se descarga con GRADIENTE_SEMANAL=1, que
    es como corre en la comprobación semanal. Su lectura, en los dos formatos, se prueba
    siempre en ``test_datos_descargados.py``.
    """
    if not (os.environ.get("GRADIENTE_SEMANAL") or en_disco("cifar10")):
        pytest.skip(
            "SIN PROBAR AQUÍ: CIFAR-10 no está en el disco y son 162 MB. Se descarga y "
            "se prueba en la comprobación semanal; aquí, con GRADIENTE_SEMANAL=1"
        )
    d = cargar("cifar10")
    como_su_ficha(d)
    assert np.bincount(d.y_entrenamiento).tolist() == [5000] * 10
    assert np.bincount(d.y_prueba).tolist() == [1000] * 10
    assert d.clases[8] == "barco"
    medias = d.x_entrenamiento.mean(axis=(0, 1, 2)) / 255
    np.testing.assert_allclose(medias, [0.4914, 0.4822, 0.4465], atol=2e-3)


@pytest.mark.datos
def test_omniglot(cargar):
    d = cargar("omniglot")
    como_su_ficha(d)
    assert len(d.alfabetos) == 5 and len(d.clases) == 136
    assert np.bincount(d.y).tolist() == [20] * 136
    assert np.bincount(d.dibujante)[1:].tolist() == [136] * 20
    assert set(np.unique(d.x)) == {0, 1}
    assert 0.02 < d.x.mean() < 0.1  # lo más es papel
    for i in (0, 1000, 2719):
        assert d.clases[d.y[i]].startswith(d.alfabetos[d.alfabeto[i]] + "/")


@pytest.mark.datos
def test_omniglot_tiene_otra_parte_pequena(cargar):
    d = cargar("omniglot", parte="pequena2")
    assert d.x.shape == (3120, 105, 105) and len(d.clases) == 156
    assert len(d.alfabetos) == 5 and np.bincount(d.y).tolist() == [20] * 156


@pytest.mark.datos
def test_cora(cargar):
    d = cargar("cora")
    como_su_ficha(d)
    assert np.bincount(d.y).tolist() == [351, 217, 418, 818, 426, 298, 180]
    assert len(d.clases) == 7 and d.clases[3] == "redes neuronales"
    assert set(np.unique(d.x)) == {0, 1} and d.x.sum() == 49216
    i, j = d.aristas.T
    assert (i < j).all() and len(np.unique(d.aristas, axis=0)) == 5278
    # Homofilia: cuatro de cada cinco citas son del mismo tema.
    assert (d.y[i] == d.y[j]).mean() == pytest.approx(0.81, abs=0.005)
    if d.prueba is not None:
        assert np.bincount(d.y[d.entrenamiento]).tolist() == [20] * 7
        partes = [set(d.entrenamiento), set(d.validacion), set(d.prueba)]
        assert len(set.union(*partes)) == sum(map(len, partes)) == 1640


@pytest.mark.datos
def test_cora_desordenada_recupera_la_particion_publica(
    cargar, servidor, vacio, monkeypatch
):
    """La partición que viene con el paquete vale para cualquier orden de los nodos."""
    original = cargar("cora")
    desorden, nodos, _ = linqs(original)
    servidor.paginas["x"] = en_formato_linqs(desorden)
    redirigir(monkeypatch, "cora", servidor.url("bueno/x"))
    d = datos.cora()
    assert d.ficha.procedencia == "descarga (LINQS)"
    assert (d.prueba is None) == (original.prueba is None)
    for parte in {"entrenamiento", "validacion", "prueba"} & set(d.ficha.forma):
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
def test_quijote(cargar):
    d = cargar("quijote")
    texto = d.texto
    if como_su_ficha(d):
        assert len(texto) == 2_097_952 and len(set(texto)) == 91
        assert texto.startswith("El ingenioso hidalgo don Quijote de la Mancha\n")
        assert texto.count("Capítulo") == 126
    # Gutenberg puede corregir su edición.
    assert len(texto) == pytest.approx(2_097_952, rel=0.01)
    assert "El ingenioso hidalgo don Quijote de la Mancha" in texto[:2000]
    seguido = " ".join(texto.split())
    assert "En un lugar de la Mancha, de cuyo nombre no quiero acordarme" in seguido
    assert "\r" not in texto and "PROJECT GUTENBERG" not in texto
