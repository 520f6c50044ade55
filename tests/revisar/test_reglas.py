"""Cada regla salta donde debe y solo donde debe.

`malos/<código>/` es un proyecto mínimo que incumple esa regla; la línea que la incumple
lleva «MAL». `bueno/` cumple todas y usa las excepciones que cada una admite.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from herramientas.reglas import REGLAS
from herramientas.revisar import revisar

AQUI = Path(__file__).parent
MALOS = AQUI / "malos"
BUENO = AQUI / "bueno"


@pytest.mark.parametrize("codigo", REGLAS)
def test_la_regla_salta_en_su_ejemplo_y_en_su_linea(codigo):
    hallazgos = [h for h in revisar(MALOS / codigo) if h.regla == codigo]
    assert hallazgos, f"{codigo} no salta en su ejemplo"
    assert all(h.mensaje for h in hallazgos)
    marcadas = {
        (ruta.relative_to(MALOS / codigo).as_posix(), linea)
        for ruta in (MALOS / codigo).rglob("*.*")
        if ruta.suffix in {".md", ".py"}
        for linea in _lineas_marcadas(ruta)
    }
    if not marcadas:
        return  # la regla habla de la página entera
    senaladas = set()
    for hallazgo in hallazgos:
        ruta = MALOS / codigo / hallazgo.archivo
        if hallazgo.linea:
            senaladas.add((hallazgo.archivo, _marca_desde(ruta, hallazgo.linea)))
    assert senaladas == marcadas


def _lineas_marcadas(ruta: Path) -> list[int]:
    lineas = ruta.read_text(encoding="utf-8").splitlines()
    return [n for n, linea in enumerate(lineas, 1) if re.search(r"\bMAL\b", linea)]


def _marca_desde(ruta: Path, linea: int) -> int:
    """La marca de esa línea o, si señala una valla, la de su bloque."""
    lineas = ruta.read_text(encoding="utf-8").splitlines()
    if not lineas[linea - 1].startswith("```{"):
        return linea
    cierre = lineas.index("```", linea)
    dentro = [n for n in _lineas_marcadas(ruta) if linea <= n <= cierre]
    return dentro[0] if dentro else linea


def test_nada_salta_en_el_cuaderno_bueno():
    graves = [h for h in revisar(BUENO) if not REGLAS[h.regla].aviso]
    assert not graves, "\n".join(map(str, graves))


def test_toda_regla_tiene_ejemplo_y_todo_ejemplo_regla():
    assert {ruta.name for ruta in MALOS.iterdir()} == set(REGLAS)


@pytest.mark.parametrize("codigo", REGLAS)
def test_toda_regla_dice_su_razon(codigo):
    regla = REGLAS[codigo]
    assert re.fullmatch(r"[CEFGIPSX]\d\d", regla.codigo)
    assert len(regla.razon) > 40
    assert regla.razon.rstrip().endswith(".")


def test_un_programa_en_un_archivo_se_admite_y_lo_demas_no(tmp_path):
    texto = (BUENO / "book/05-modelos-lineales/bueno.md").read_text(encoding="utf-8")
    destino = tmp_path / "book" / "05-prueba" / "programa.md"
    destino.parent.mkdir(parents=True)
    for magia, admitida in (
        ("%%writefile programa.py", True),
        ("%%writefile /tmp/programa.py", False),
        ("%%writefile notas.txt", False),
        ("%%bash", False),
        ("x = 1\n%%writefile programa.py", False),
        ("y = [(x := 1) for x in range(3)]", False),  # lo ve el compilador, no `ast`
    ):
        celda = f"```{{code-cell}} ipython3\n{magia}\nprint(1)\n```\n"
        destino.write_text(f"{texto}\n{celda}", encoding="utf-8")
        hallados = [h for h in revisar(tmp_path) if h.regla == "P08"]
        assert bool(hallados) is not admitida, (magia, hallados)


def test_la_medida_de_una_seccion(tmp_path):
    texto = (BUENO / "book/05-modelos-lineales/bueno.md").read_text(encoding="utf-8")
    destino = tmp_path / "book" / "05-prueba" / "medida.md"
    destino.parent.mkdir(parents=True)
    for palabras, avisa in ((10, True), (1500, False), (3000, True)):
        prosa = "Diez palabras seguidas que no dicen nada en absoluto aquí."
        destino.write_text(
            texto.replace("Desborda,", f"{prosa} " * (palabras // 10) + "Desborda,"),
            encoding="utf-8",
        )
        avisos = [h for h in revisar(tmp_path) if "palabras" in h.mensaje]
        assert bool(avisos) is avisa, avisos
