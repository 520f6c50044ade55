"""Salidas normalizadas: iguales en toda máquina."""

import base64
import io
import sysconfig
from pathlib import Path

import nbformat
import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from herramientas import normalizar

RAIZ = Path("/home/alguien/libro")


def cuaderno_con(*salidas: dict, etiquetas=()) -> nbformat.NotebookNode:
    celda = nbformat.v4.new_code_cell("x", id="c")
    celda.metadata.tags = list(etiquetas)
    celda.outputs = [nbformat.from_dict(salida) for salida in salidas]
    celda.execution_count = 7
    cuaderno = nbformat.v4.new_notebook(cells=[celda])
    cuaderno.metadata.gradiente = {"fuente": "book/x.md"}
    return cuaderno


def flujo(texto: str, nombre: str = "stdout") -> dict:
    return {"output_type": "stream", "name": nombre, "text": texto}


def datos(**tipos: str) -> dict:
    completo = {clave.replace("_", "/", 1): valor for clave, valor in tipos.items()}
    return {"output_type": "display_data", "data": completo, "metadata": {}}


def primera(*salidas: dict) -> nbformat.NotebookNode:
    return normalizar.normalizar(cuaderno_con(*salidas), RAIZ).cells[0].outputs[0]


def test_las_cuentas_van_de_uno_en_uno():
    cuaderno = cuaderno_con(
        {
            "output_type": "execute_result",
            "data": {"text/plain": "1"},
            "metadata": {},
            "execution_count": 7,
        }
    )
    celda = normalizar.normalizar(cuaderno, RAIZ).cells[0]
    assert celda.execution_count == celda.outputs[0].execution_count == 1


def test_los_flujos_consecutivos_se_unen_y_los_separados_no():
    cuaderno = cuaderno_con(
        flujo("a"), flujo("b\n"), datos(text_plain="fig"), flujo("c")
    )
    salidas = normalizar.normalizar(cuaderno, RAIZ).cells[0].outputs
    assert [s.get("text") for s in salidas] == ["ab\n", None, "c"]


@pytest.mark.parametrize(
    ("bruto", "limpio"),
    [
        ("\x1b[1;31mrojo\x1b[0m", "rojo"),
        ("paso 1\rpaso 2\rpaso 3\n", "paso 3\n"),
        ("abc\x08d", "abd"),
        ("<f at 0x7f3a2c>", "<f at 0x…>"),
        ("puntero 0x7f3a2c1b0d40", "puntero 0x…"),
        ("color 0xFF00FF", "color 0xFF00FF"),
        ("/home/alguien/libro/book/a.md", "book/a.md"),
        ("/tmp/xyz/ipykernel_12/34.py:3", "34.py:3"),
        (f"{sysconfig.get_paths()['purelib']}/torch/nn.py", "torch/nn.py"),
        ("https://ejemplo.org/home/x", "https://ejemplo.org/home/x"),
        ("1/2 y a/b", "1/2 y a/b"),
    ],
)
def test_el_texto_se_limpia(bruto, limpio):
    assert primera(flujo(bruto)).text == limpio
    if "\r" not in bruto and "\x08" not in bruto:
        assert primera(datos(text_html=bruto)).data["text/html"] == limpio


@pytest.mark.parametrize(
    ("texto", "motivo"),
    [
        ("<f at 0x7f3a2c>", "dirección de memoria"),
        ("/root/datos/x.npz", "ruta absoluta"),
        (" 45%|████▌     | 9/20 [00:01<00:01, 8.9it/s]", "barra de progreso"),
        ("paso 1\rpaso 2", "barra de progreso"),
    ],
)
def test_lo_que_no_se_repetiria_se_dice(texto, motivo):
    celda = cuaderno_con(flujo(texto)).cells[0]
    assert any(motivo in m for m in normalizar.inestables(celda, RAIZ))


@pytest.mark.parametrize("texto", ["pérdida 0.25", "━━┳━━ tabla", "0xFF", "a\r\nb"])
def test_lo_que_se_repite_no_se_rechaza(texto):
    assert normalizar.inestables(cuaderno_con(flujo(texto)).cells[0], RAIZ) == []


def test_las_vistas_y_el_estado_de_los_widgets_desaparecen():
    vista = "application/vnd.jupyter.widget-view+json"
    cuaderno = cuaderno_con(
        {
            "output_type": "display_data",
            "data": {vista: {"model_id": "azar"}, "text/html": "<p>figura</p>"},
            "metadata": {},
        },
        {
            "output_type": "display_data",
            "data": {vista: {"model_id": "azar"}},
            "metadata": {},
        },
    )
    cuaderno.metadata.widgets = {"estado": 1}
    normal = normalizar.normalizar(cuaderno, RAIZ)
    (salida,) = normal.cells[0].outputs
    assert salida.data == {"text/html": "<p>figura</p>"}
    assert "widgets" not in normal.metadata


def test_del_trazado_esperado_queda_lo_del_cuaderno():
    salida = primera(
        {
            "output_type": "error",
            "ename": "ValueError",
            "evalue": "\x1b[31mmal\x1b[0m",
            "traceback": [
                "ValueError   Traceback (most recent call last)",
                "\x1b[36mCell In[1], line 1\x1b[0m\nx",
                "\x1b[36mFile /usr/lib/python3/json/decoder.py:3\x1b[0m\ny",
                "ValueError: mal",
            ],
        }
    )
    assert salida.ename == "ValueError"
    assert salida.evalue == "mal"
    assert [t.splitlines()[0] for t in salida.traceback] == [
        "ValueError   Traceback (most recent call last)",
        "Cell In[1], line 1",
        "ValueError: mal",
    ]


def png(pixeles: np.ndarray, **metadatos: str) -> str:
    memoria, info = io.BytesIO(), PngImagePlugin.PngInfo()
    for clave, valor in metadatos.items():
        info.add_text(clave, valor)
    Image.fromarray(pixeles).save(memoria, format="PNG", pnginfo=info)
    return base64.b64encode(memoria.getvalue()).decode("ascii")


def abrir(codificado: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(codificado)))


def curva() -> np.ndarray:
    """Una figura como las del libro: fondo liso, trazos suavizados y texto."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figura, ejes = plt.subplots()
    x = np.linspace(0, 6, 200)
    ejes.plot(x, np.sin(x), x, np.cos(x))
    ejes.set_title("Una curva")
    figura.canvas.draw()
    pixeles = np.asarray(figura.canvas.buffer_rgba()).copy()
    plt.close(figura)
    return pixeles


def test_una_figura_se_cuantiza_sin_que_se_note():
    original = png(curva(), Software="matplotlib")
    reducido = normalizar.cuantizar(original)
    assert abrir(reducido).mode == "P"
    assert not abrir(reducido).info
    assert len(reducido) < 0.5 * len(original)
    diferencia = np.abs(
        curva()[..., :3].astype(int) - np.asarray(abrir(reducido).convert("RGB"))
    )
    assert diferencia.max() <= 8
    assert normalizar.cuantizar(reducido) == reducido


def test_una_fotografia_no_se_cuantiza_pero_pierde_los_metadatos():
    azar = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    limpio = normalizar.cuantizar(png(azar, Software="matplotlib", Creado="hoy"))
    assert abrir(limpio).mode == "RGB"
    assert not abrir(limpio).info
    assert np.array_equal(np.asarray(abrir(limpio)), azar)


def test_un_degradado_no_se_cuantiza():
    fila = np.linspace(0, 255, 512).astype(np.uint8)
    x, y = np.meshgrid(fila, fila)
    degradado = np.stack([x, y, 255 - x], axis=-1)
    limpio = abrir(normalizar.cuantizar(png(degradado)))
    assert np.abs(np.asarray(limpio.convert("RGB")).astype(int) - degradado).max() <= 8


def test_el_json_es_siempre_el_mismo_y_acaba_en_salto():
    texto = normalizar.texto(cuaderno_con(flujo("ñ")))
    assert texto.endswith("}\n")
    assert "ñ" in texto
    assert texto.startswith('{\n "cells": [')


def test_el_sello_delata_cualquier_cambio():
    sellado = normalizar.sellar(cuaderno_con(flujo("exactitud 0.97\n")))
    assert normalizar.sello_valido(sellado)
    assert not normalizar.sello_valido(sellado.replace("0.97", "0.98"))
    assert not normalizar.sello_valido(sellado.replace("book/x.md", "book/y.md"))
    assert not normalizar.sello_valido(normalizar.texto(cuaderno_con()))


def test_escribir_es_atomico(tmp_path, monkeypatch):
    ruta = tmp_path / "x.ipynb"
    ruta.write_text("anterior", "utf-8")
    monkeypatch.setattr(normalizar.os, "fsync", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        normalizar.escribir("nuevo", ruta)
    assert ruta.read_text("utf-8") == "anterior"
    assert list(tmp_path.iterdir()) == [ruta]
