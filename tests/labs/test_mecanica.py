"""El mecanismo que juzga los labs sabe ver una comprobación floja."""

from __future__ import annotations

import pytest
from mecanica import ErrorRespuestas, aplicar, respuestas_de, revisar

from herramientas import fuentes

LAB = '''\
---
jupytext: {{text_representation: {{extension: .md, format_name: myst}}}}
kernelspec: {{display_name: Python 3, language: python, name: python3}}
temario: [T5.17]
---

# Lab de juguete

```{{code-cell}} ipython3
:nbgrader: {{grade_id: ej, grade: false, solution: true, locked: false}}
def doble(x):
    """El doble de x."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION
```

```{{code-cell}} ipython3
:nbgrader: {{grade_id: c, grade: true, solution: false, locked: true, points: 1}}
{comprobacion}
```
'''
BUENA = 'assert doble(3) == 6, "doble(3) es 6: ¿qué devuelves?"'
MALAS = {
    "ej": [
        {"nombre": "el cuadrado", "cambia": [["2 * x", "x**2"]]},
        {"nombre": "la suma", "cambia": [["2 * x", "2 + x"]]},
        {"nombre": "nada", "cuerpo": "pass"},
    ]
}


@pytest.fixture
def juzgar(tmp_path):
    """Función: informe del lab de juguete con esa comprobación y esas respuestas."""
    (tmp_path / "solutions").mkdir()
    ruta = tmp_path / "solutions" / "01-juguete.md"

    def juzgar(comprobacion=BUENA, malas=MALAS, cambio=("", "")):
        texto = LAB.format(comprobacion=comprobacion).replace(*cambio)
        ruta.write_text(texto, encoding="utf-8")
        cuaderno = fuentes.leer(ruta, raiz=tmp_path)
        return revisar(cuaderno, "pytorch", malas, raiz=tmp_path)

    return juzgar


def test_un_lab_sano_no_tiene_fallos(juzgar):
    informe = juzgar()
    assert informe.fallos == []
    assert informe.ejercicios == ["ej"]
    assert len(informe.rechazos) == 3


@pytest.mark.parametrize(
    ("comprobacion", "dice"),
    [
        # 2 + 2 = 2 * 2 = 2 ** 2: tres respuestas malas, dos aceptadas
        ('assert doble(2) == 4, "mira"', "«el cuadrado»: las comprobaciones aceptan"),
        ('assert doble(0) in (0, 2), "mira"', "«la suma»: las comprobaciones aceptan"),
        ('assert callable(doble), "mira"', "el talón intacto no la hace fallar"),
        ('assert doble(3).real == 6, "mira"', "se rompe con AttributeError"),
        ("assert doble(3) == 6", "falla sin decir qué mirar"),
        ('assert doble(3) == 6, ""', "falla sin decir qué mirar"),
        ('assert doble(3) == 7, "mira"', "la solución falla"),
    ],
)
def test_una_comprobacion_floja_se_ve(juzgar, comprobacion, dice):
    assert any(dice in fallo for fallo in juzgar(comprobacion).fallos)


def test_faltan_respuestas_erroneas(juzgar):
    dos = {"ej": MALAS["ej"][:2]}
    assert juzgar(malas=dos).fallos == [
        "ej: solo 2 respuestas erróneas; son al menos 3"
    ]


def test_un_ejercicio_sin_comprobacion_se_ve(juzgar):
    cambio = ("grade: true", "grade: false")
    assert "ej: no tiene ninguna comprobación" in juzgar(cambio=cambio).fallos


def test_una_respuesta_que_ya_no_casa_con_la_solucion_se_ve(juzgar):
    vieja = {"ej": [*MALAS["ej"], {"nombre": "vieja", "cambia": [["3 * x", "x"]]}]}
    assert any("ya no contiene «3 * x»" in f for f in juzgar(malas=vieja).fallos)


def test_respuestas_de_un_ejercicio_que_no_existe(juzgar):
    assert any(
        f.startswith("otro:") for f in juzgar(malas={**MALAS, "otro": []}).fallos
    )


def test_una_respuesta_con_error_de_sintaxis_no_cuenta_como_rechazada(juzgar):
    rota = {"ej": [*MALAS["ej"], {"nombre": "rota", "cuerpo": "return ("}]}
    informe = juzgar(malas=rota)
    assert len(informe.rechazos) == 3
    assert any("ni siquiera se define" in fallo for fallo in informe.fallos)


def test_las_respuestas_erroneas_no_dejan_rastro(juzgar):
    pisa = {"nombre": "pisa", "cuerpo": "global cuenta\ncuenta = 1\nreturn 0"}
    informe = juzgar(
        'assert doble(3) == 6, "mira"\nassert "cuenta" not in globals(), "rastro"',
        {"ej": [*MALAS["ej"], pisa]},
    )
    assert informe.fallos == []


def test_una_comprobacion_demasiado_estricta_se_ve(juzgar):
    otra = {
        "ej": [*MALAS["ej"], {"nombre": "x", "vale": True, "cuerpo": "return x + x"}]
    }
    informe = juzgar(malas=otra)
    assert informe.fallos == []
    assert len(informe.rechazos) == 3  # lo que vale no cuenta como rechazado
    estricta = 'assert doble(3) == 6, "mira"\nassert 2 in doble.__code__.co_consts, "2"'
    assert any("es correcta y" in fallo for fallo in juzgar(estricta, otra).fallos)


def test_respuestas_por_marco():
    codigo = "def f():\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION"
    respuesta = {"nombre": "x", "cuerpo": {"jax": "a = 2\nreturn a"}}
    assert aplicar(respuesta, codigo, "jax") == "def f():\n    a = 2\n    return a"
    assert aplicar(respuesta, codigo, "keras") is None


def test_un_lab_sin_archivo_de_respuestas_se_ve(tmp_path):
    with pytest.raises(ErrorRespuestas, match=r"falta 99-nada\.yaml"):
        respuestas_de("99-nada", tmp_path)


def test_sin_datos_se_salta_y_en_ci_falla(sin_datos, monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="SIN DATOS: no hay MNIST"):
        sin_datos("no hay MNIST")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="saltar un lab es un fallo"):
        sin_datos("no hay MNIST")
