"""El temario y su cobertura."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

import pytest

from herramientas import temario
from herramientas.reglas.contexto import Libro

POR_PARTE = {
    **{"0": (6, 1), "1": (54, 5), "2": (29, 20), "3": (15, 5), "4": (29, 10)},
    **{"5": (39, 17), "6": (45, 20), "6M": (25, 0), "7": (49, 17), "8": (39, 18)},
    **{"9": (18, 3), "10": (25, 9), "11": (17, 4), "12": (19, 4), "13": (35, 5)},
}


@pytest.fixture
def puntos() -> list[temario.Punto]:
    return list(temario.leer_temario().values())


def test_el_temario_esta_completo(puntos):
    assert len(puntos) == 444
    assert Counter(p.marcos for p in puntos) == {1: 306, 3: 138}
    assert sum(p.ampliacion for p in puntos) == 13
    assert temario.TABLA.read_text(encoding="utf-8").count("\n") == 445


def test_el_recuento_por_parte(puntos):
    total = Counter(p.parte for p in puntos)
    tres = Counter(p.parte for p in puntos if p.marcos == 3)
    assert {parte: (total[parte], tres[parte]) for parte in total} == POR_PARTE
    assert list(POR_PARTE) == list(temario.PARTES)


def test_los_ids_van_en_orden_y_dicen_algo(puntos):
    for parte in temario.PARTES:
        ids = [p.id for p in puntos if p.parte == parte]
        assert ids == [f"T{parte}.{n:02}" for n in range(1, len(ids) + 1)]
    assert all(len(p.ensena) >= 3 and "\t" not in p.ensena for p in puntos)


def _pagina(raiz: Path, nombre: str, ids: str) -> None:
    ruta = raiz / "book" / "05-prueba" / nombre
    ruta.parent.mkdir(parents=True, exist_ok=True)
    ruta.write_text(f"---\ntemario: {ids}\n---\n# Uno\n", encoding="utf-8")


def test_la_cobertura_dice_que_falta(tmp_path):
    _pagina(tmp_path, "una.md", "[T5.09, T5.10]")
    ensenan = temario.quien_ensena(tmp_path)
    assert ensenan == {i: [Path("book/05-prueba/una.md")] for i in ("T5.09", "T5.10")}
    faltan = {parte: faltan for parte, _, faltan in temario.cobertura(ensenan)}
    assert len(faltan["5"]) == 37
    assert len(faltan["6"]) == 45


@pytest.mark.parametrize(("ids", "codigo"), [("[T5.09]", 0), ("[T5.09, T5.99]", 1)])
def test_un_id_que_no_existe_es_un_error(ids, codigo, tmp_path, capsys):
    _pagina(tmp_path, "una.md", ids)
    args = argparse.Namespace(parte=None, faltan=False, raiz=tmp_path)
    assert temario.ejecutar(args) == codigo
    salida = capsys.readouterr().out
    assert "Parte  5    1 / 39" in salida
    assert "T5.09   book/05-prueba/una.md" in salida
    assert "faltan: T5.01-T5.08, T5.10-T5.39" in salida
    assert ("T5.99, que no existe" in salida) is bool(codigo)


def test_las_paginas_con_temario_se_leen_igual_en_revisar():
    declarados = {i for p in Libro().paginas for i in p.metadatos.get("temario") or []}
    assert temario.quien_ensena().keys() <= declarados
