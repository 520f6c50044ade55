"""`paginas.definiciones` ejecuta lo que hay en la página, y solo eso."""

from pathlib import Path

import pytest
from paginas import ErrorPagina, definiciones

from herramientas import fuentes

CABECERA = """\
---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {display_name: Python 3, language: python, name: python3}
temario: [T5.11]
objetivos: [Probar.]
minutos: {leer: 1, ejecutar: 1}
requiere: []
---

# Página de prueba
"""
CELDAS = """
```{code-cell} ipython3
import math as m
import modulo_que_no_existe
```

```{code-cell} ipython3
%matplotlib inline
FACTOR = 3

def doble(x):
    return 2 * m.floor(x)

print("una página no se ejecuta entera")
varias = 1
```

```{code-cell} ipython3
def triple(x):
    return doble(x) * FACTOR / 2

def rota(x):
    return x / 0

varias = 2
raise SystemExit
```
"""


@pytest.fixture
def pagina(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    ruta = tmp_path / "book" / "05-x" / "p.md"
    ruta.parent.mkdir(parents=True)
    ruta.write_text(CABECERA + CELDAS, encoding="utf-8")
    leer = fuentes.leer
    monkeypatch.setattr(fuentes, "leer", lambda r: leer(r, raiz=tmp_path))
    return ruta


def test_trae_lo_pedido_y_lo_que_necesita(pagina, capsys):
    p = definiciones(pagina, "triple", "FACTOR")
    assert p.triple(5.9) == 15 and p.FACTOR == 3
    assert not hasattr(p, "doble")  # solo se expone lo pedido
    assert capsys.readouterr().out == ""


def test_los_errores_senalan_la_linea_de_la_pagina(pagina):
    linea = (
        pagina.read_text(encoding="utf-8").splitlines().index("    return x / 0") + 1
    )
    with pytest.raises(ZeroDivisionError) as fallo:
        definiciones(pagina, "rota").rota(1)
    assert fallo.traceback[-1].lineno + 1 == linea
    assert str(fallo.traceback[-1].path).endswith("p.md")


def test_un_nombre_que_no_esta(pagina):
    with pytest.raises(ErrorPagina, match="«cuadruple» no se define en la página"):
        definiciones(pagina, "cuadruple")


def test_una_constante_ambigua(pagina):
    with pytest.raises(ErrorPagina, match="«varias» se asigna en las líneas"):
        definiciones(pagina, "varias")
