"""Los conjuntos que vienen con las bibliotecas: sin red, como dice su ficha."""

from __future__ import annotations

import inspect
import re
import socket

import numpy as np
import pytest

from gradiente import datos

INCLUIDOS = [f for f in datos.catalogo() if f.incluida]
DESCARGADOS = [f for f in datos.catalogo() if not f.incluida]


def cargar(nombre: str):
    """Devuelve un conjunto incluido o una imagen, por su nombre."""
    return getattr(datos, nombre, lambda: datos.imagen(nombre))()


@pytest.fixture(autouse=True)
def _sin_red(monkeypatch):
    def prohibido(*_, **__):
        raise AssertionError("un conjunto incluido no usa la red")

    monkeypatch.setattr(socket.socket, "connect", prohibido)


@pytest.mark.parametrize("ficha", INCLUIDOS, ids=lambda f: f.nombre)
def test_cada_incluido_es_como_dice_su_ficha(ficha):
    d = cargar(ficha.nombre)
    for campo in ficha.forma:
        valor = getattr(d, campo)
        assert valor.shape == ficha.forma[campo] == d.ficha.forma[campo]
        assert valor.dtype.name == ficha.dtype[campo] == d.ficha.dtype[campo]
        assert valor.flags.writeable
    assert d.ficha.procedencia == f"incluida en {ficha.biblioteca}"
    assert ficha.nombre in repr(d)


@pytest.mark.parametrize("ficha", INCLUIDOS, ids=lambda f: f.nombre)
def test_modificar_lo_devuelto_no_cambia_la_siguiente_llamada(ficha):
    campo = next(iter(ficha.forma))
    antes = getattr(cargar(ficha.nombre), campo)
    roto = getattr(cargar(ficha.nombre), campo)
    roto[...] = 1 - roto if roto.dtype != bool else ~roto
    np.testing.assert_array_equal(getattr(cargar(ficha.nombre), campo), antes)


@pytest.mark.parametrize("ficha", datos.catalogo(), ids=lambda f: f.nombre)
def test_las_fichas_lo_dicen_todo(ficha):
    for campo in ("titulo", "unidades", "licencia", "fuente"):
        texto = getattr(ficha, campo)
        assert len(texto) > 2 and texto == texto.strip(), campo
    assert ficha.incluida == bool(ficha.original) != bool(ficha.archivos)
    assert re.search(r"\(\d{4}|[A-Za-z]", ficha.fuente)


@pytest.mark.parametrize(
    ("nombre", "conteos"),
    [
        ("digitos", [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]),
        ("iris", [50, 50, 50]),
        ("vino", [59, 71, 48]),
        ("cancer_mama", [212, 357]),
        ("caras", [100, 100]),
        ("karate", [17, 17]),
        ("damas_sur", [18, 14]),
    ],
)
def test_conteos_por_clase(nombre, conteos):
    d = cargar(nombre)
    assert np.bincount(d.y).tolist() == conteos
    assert len(d.clases) == len(conteos)


@pytest.mark.parametrize("ficha", INCLUIDOS, ids=lambda f: f.nombre)
def test_hay_un_nombre_por_columna(ficha):
    d = cargar(ficha.nombre)
    if getattr(d, "nombres", ()):
        columnas = d.x if d.x.ndim == 2 else d.y
        assert len(d.nombres) == (columnas.shape[1] if columnas.ndim == 2 else 1)


def test_las_columnas_son_las_de_la_biblioteca():
    """Los nombres en español siguen el orden de los ingleses."""
    from sklearn import datasets

    ingles = {"mean": "media", "error": "error", "worst": "peor", "radius": "radio"}
    ingles |= {"texture": "textura", "perimeter": "perímetro", "area": "área"}
    ingles |= {"smoothness": "suavidad", "compactness": "compacidad"}
    ingles |= {"concavity": "concavidad", "symmetry": "simetría"}
    ingles |= {"concave points": "puntos cóncavos"}
    ingles |= {"fractal dimension": "dimensión fractal"}
    for original, nombre in zip(
        datasets.load_breast_cancer().feature_names,
        datos.cancer_mama().nombres,
        strict=True,
    ):
        resumen = next(k for k in ("mean", "error", "worst") if k in original.split())
        medida = original.replace(resumen, "").strip()
        assert nombre == f"{ingles[medida]} ({ingles[resumen]})"
    assert datos.cancer_mama().y[0] == 0  # el primero es maligno
    assert list(datasets.load_breast_cancer().target_names) == ["malignant", "benign"]


def test_series():
    assert datos.manchas_solares().x[[0, -1]].tolist() == [1700, 2008]
    assert datos.nilo().x[[0, -1]].tolist() == [1871, 1970]
    assert datos.nilo().y[0] == 1120
    assert datos.el_nino().x[[0, -1]].tolist() == [1950, 2010]
    assert datos.el_nino().y[0, 0] == 23.11  # enero de 1950
    macro = datos.macroeconomia()
    assert macro.x[[0, 1, -1]].tolist() == [1959, 1959.25, 2009.5]
    assert macro.y[0, macro.nombres.index("paro")] == 5.8
    co2 = datos.co2()
    assert np.isnan(co2.y).sum() == 59
    assert co2.y[0] == 316.1
    # Semanas seguidas, del 29 de marzo de 1958 al 29 de diciembre de 2001.
    assert np.allclose(np.diff(co2.x), 7 / 365.25, atol=1e-4)
    assert co2.x[0] == pytest.approx(1958 + 87 / 365)
    assert co2.x[-1] == pytest.approx(2001 + 362 / 365)


@pytest.mark.parametrize("nombre", ["karate", "miserables", "florencia", "damas_sur"])
def test_grafos(nombre):
    import networkx as nx

    d = cargar(nombre)
    i, j = d.aristas.T
    assert (i < j).all() and j.max() < len(d.nodos)
    assert len({tuple(a) for a in d.aristas.tolist()}) == len(d.aristas)
    original = getattr(nx, d.ficha.original)()
    nodos = list(original)
    for (u, v), peso in zip(d.aristas.tolist(), d.pesos.tolist(), strict=True):
        assert original.edges[nodos[u], nodos[v]].get("weight", 1) == peso


def test_karate_tiene_las_facciones_de_cada_socio():
    d = datos.karate()
    assert d.clases[d.y[0]] == "Mr. Hi"
    assert d.clases[d.y[33]] == "Officer"
    assert d.clases[d.y[9]] == "Officer"


def test_damas_sur_tiene_primero_las_mujeres():
    d = datos.damas_sur()
    assert d.clases[d.y[0]] == "mujer" and d.nodos[0] == "Evelyn Jefferson"
    assert d.clases[d.y[-1]] == "acto" and d.nodos[-1] == "E14"


def test_las_intensidades_estan_en_su_intervalo():
    assert datos.digitos().x.min() == 0 and datos.digitos().x.max() == 16
    for nombre in ("caras", "fantasma"):
        assert cargar(nombre).x.min() >= 0 and cargar(nombre).x.max() <= 1
    assert datos.imagen("caballo").x[0, 0]  # el papel
    assert not datos.imagen("caballo").x[150, 200]  # el caballo


def test_caras_tiene_primero_las_caras():
    d = datos.caras()
    assert d.clases[d.y[0]] == "cara" and d.clases[d.y[-1]] == "no es una cara"


def test_diabetes_esta_en_sus_unidades():
    d = datos.diabetes()
    edad = d.x[:, d.nombres.index("edad")]
    assert edad.min() >= 19 and edad.max() <= 79
    assert set(d.x[:, d.nombres.index("sexo")]) == {1, 2}


def test_una_imagen_que_no_hay_dice_las_que_hay():
    with pytest.raises(ValueError, match=r"No hay ninguna imagen «perro».*astronauta"):
        datos.imagen("perro")


def test_dos_conjuntos_se_comparan_sin_error():
    d = datos.iris()
    assert d == d and d != datos.iris()


# --- La documentación -----------------------------------------------------------------


@pytest.mark.parametrize("nombre", datos.__all__)
def test_todo_lo_publico_esta_documentado(nombre):
    cosa = getattr(datos, nombre)
    doc = inspect.getdoc(cosa)
    assert doc and doc[0].isupper() and doc.split("\n")[0].endswith(".")
    fichas = {f.nombre: f for f in datos.catalogo()}
    if nombre in fichas:
        secciones = ["Returns", "Formas y tipos", "Unidades", "Licencia", "Fuente"]
        secciones += ["Biblioteca"] if fichas[nombre].incluida else ["Args", "Raises"]
        for seccion in secciones:
            assert re.search(rf"^{seccion}:\n +\S", doc, re.M), seccion
        for campo, forma in fichas[nombre].forma.items():
            assert f"{campo}: {forma} {fichas[nombre].dtype[campo]}" in doc
        for parametro in inspect.signature(cosa).parameters:
            assert re.search(rf"^ +{parametro}: ", doc, re.M), parametro
    elif inspect.isclass(cosa) and not issubclass(cosa, Exception):
        assert "Attributes:" in doc
        for campo in set(cosa.__annotations__) - {"ficha"}:
            assert re.search(rf"\b{campo}\b", doc), campo
    elif inspect.isfunction(cosa):
        assert "Returns:" in doc


def test_el_api_publico_es_exactamente_el_catalogo_y_sus_tipos():
    imagenes = {f.nombre for f in INCLUIDOS if list(f.forma) == ["x"]}
    funciones = {n for n in datos.__all__ if inspect.isfunction(getattr(datos, n))}
    nombres = {f.nombre for f in datos.catalogo()}
    assert nombres - imagenes == funciones - {"catalogo", "imagen"}
    assert {f.nombre for f in DESCARGADOS} == {
        "mnist",
        "cifar10",
        "omniglot",
        "cora",
        "quijote",
    }
