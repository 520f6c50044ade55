"""La ortografía mira la prosa, y solo la prosa."""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import pytest

from herramientas import ortografia
from herramientas.ortografia import Lexico, faltas_de, faltas_de_la_lista, palabras_de

DICCIONARIO = {  # sumas del diccionario incluido: no se edita
    "es.aff": "892039d59db11d747061b81c3a92a52d48ba0e055b5835af1943cbd3c2fba85b",
    "es.dic": "84b57208ed0139d888e3bd2f2f1c8761dbf89f76cbf49d83e0e65231059bfb43",
}


@pytest.fixture(scope="module")
def lexico() -> Lexico:
    return Lexico(["PyTorch", "softmax"], ["precision", "deep"])


def _faltas(texto: str, lexico: Lexico, tmp_path: Path, nombre: str = "x.md"):
    ruta = tmp_path / nombre
    ruta.write_text(texto, encoding="utf-8")
    return [(f.linea, f.palabra) for f in faltas_de(ruta, lexico)]


def test_el_diccionario_es_el_que_se_reviso():
    for nombre, suma in DICCIONARIO.items():
        datos = (ortografia.DICCIONARIO.parent / nombre).read_bytes()
        assert hashlib.sha256(datos).hexdigest() == suma


@pytest.mark.parametrize(
    ("palabra", "buena"),
    [
        ("gradiente", True),
        ("Gradiente", True),
        ("sumándolas", True),
        ("prediccion", False),
        ("epoca", False),
        ("aprendé", False),  # el libro no usa el voseo
        ("PyTorch", True),
        ("Pytorch", False),
        ("pytorch", False),
        ("softmax", True),
        ("Softmax", True),
        ("SOFTMAX", True),
        ("GPU", True),
        ("y", True),
    ],
)
def test_que_palabras_se_dan_por_buenas(palabra, buena, lexico):
    assert lexico.conoce(palabra) is buena


def test_las_inglesas_valen_solo_en_cursiva(lexico, tmp_path):
    texto = "# Uno\n\nLa precision, en inglés *precision*, y *deeep* y *falta*.\n"
    assert _faltas(texto, lexico, tmp_path) == [(3, "precision"), (3, "deeep")]


PAGINA = """\
---
objetivos:
  - Una frase con herror.
---
# Un título con errror

Texto con `codigo_malisimo`, $\\alfa mala$, {cite}`cox1958`, <https://ejenplo.es> y un
[enlace maloo](https://ejenplo.es/rutaa) en la segunda linia.

```{code-cell} ipython3
---
mystnb: {image: {alt: Una descripsión de la figura}}
motivo: Una razón con mottivo
---
nombre_malisimo = 1  # un comentariio
print("Una frase con otrra falta", nombre_malisimo)
eje.set_xlabel("epoca"); eje.legend(loc="upper leftt")
clave = "pytorchh"
f"valor: {nombre_malisimo:.3f} unidadess"
```

```{note} Un abiso
:class: clasemala

Cuerpo con {term}`lotte` y {ref}`texto visto biien <ancla-mala>`.
```

| columna | valorr |
|---|---|
| unna | 1 |

```{math}
maal
```

![Una imagen deskrita](malaa.png)

[deep learning]{lang=en} y:

<div lang="en">

An English paragraph.

</div>
"""
ESPERADAS = [
    (3, "herror"),
    (5, "errror"),
    (8, "maloo"),
    (8, "linia"),
    (12, "descripsión"),
    (13, "mottivo"),
    (15, "comentariio"),
    (16, "otrra"),
    (17, "epoca"),
    (19, "unidadess"),
    (22, "abiso"),
    (25, "lotte"),
    (25, "biien"),
    (28, "valorr"),
    (30, "unna"),
    (36, "deskrita"),
]


def test_se_mira_toda_la_prosa_y_solo_la_prosa(lexico, tmp_path):
    assert sorted(_faltas(PAGINA, lexico, tmp_path)) == sorted(ESPERADAS)


def test_en_python_se_miran_comentarios_docstrings_y_frases(lexico, tmp_path):
    codigo = (
        '"""Un módulo con una falta: errror, y `nombre_malo`."""\n'
        "x = 'clavemala'  # noqa: E501\n"
        "raise ValueError(f'Un mensage con {x} malo')\n"
    )
    assert _faltas(codigo, lexico, tmp_path, "x.py") == [(1, "errror"), (3, "mensage")]


@pytest.mark.parametrize(
    ("texto", "palabras"),
    [
        ("y/o tasa-objetivo", ["y", "o", "tasa", "objetivo"]),
        ("usa np.exp(x) y x_pt = 3", ["usa", "y"]),
        ("de $x_1$ a https://a.es/b.", ["de", "a"]),
        ("«cita», (paréntesis).", ["cita", "paréntesis"]),
        ("10 MB en 3D y T4", ["MB", "en", "y"]),
    ],
)
def test_que_es_una_palabra(texto, palabras):
    assert list(palabras_de(texto)) == palabras


def test_la_lista_ordenada_y_sin_sobras(lexico):
    def problemas(*palabras):
        return " ".join(faltas_de_la_lista(list(palabras), lexico))

    assert not problemas("Keras", "logit", "ñoñoñ", "PyTorch")
    assert "«logit» va antes que «PyTorch»" in problemas("PyTorch", "logit")
    assert "repetida" in problemas("logit", "logit")
    assert "ya está en el diccionario" in problemas("gradiente")
    assert "sobra" in problemas("Logit", "logit")
    assert "no es una sola palabra" in problemas("log loss")


@pytest.mark.parametrize("lista", [ortografia.PALABRAS, ortografia.INGLESAS])
def test_las_listas_del_proyecto_estan_en_orden(lista):
    lexico = ortografia.lexico_del_proyecto()
    assert not faltas_de_la_lista(ortografia.leer_palabras(lista), lexico)


def test_ninguna_palabra_esta_en_las_dos_listas():
    comunes = set(ortografia.leer_palabras()) & set(
        ortografia.leer_palabras(ortografia.INGLESAS)
    )
    assert not comunes


def test_la_orden_da_sitio_y_sugerencias(tmp_path, capsys):
    ruta = tmp_path / "x.md"
    ruta.write_text("# Uno\n\nEl gradente.\n", encoding="utf-8")
    args = argparse.Namespace(rutas=[ruta], nuevas=False, ordenar=False, raiz=tmp_path)
    assert ortografia.ejecutar(args) == 1
    assert "x.md:3: «gradente» (¿gradiente" in capsys.readouterr().out


def test_ordenar_arregla_la_lista(tmp_path, monkeypatch, lexico):
    ruta = tmp_path / "palabras.txt"
    ruta.write_text("PyTorch\ngradiente\nlogit\n\nlogit\nLogit\n", encoding="utf-8")
    monkeypatch.setattr(ortografia, "PALABRAS", ruta)
    inglesas = tmp_path / "inglesas.txt"
    inglesas.write_text("token\ngradient\n", encoding="utf-8")
    monkeypatch.setattr(ortografia, "INGLESAS", inglesas)
    ortografia._ordenar(lexico)
    assert inglesas.read_text(encoding="utf-8") == "gradient\ntoken\n"
    assert ruta.read_text(encoding="utf-8") == "logit\nPyTorch\n"
