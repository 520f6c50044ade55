"""`herramientas.alcance`: lo cambiado entra siempre y nada se queda sin turno."""

from __future__ import annotations

import json
import subprocess
from datetime import date, timedelta

import pytest

from herramientas import alcance

LUNES = date(2024, 1, 1)


def _git(carpeta, *orden, fecha=None):
    fechas = {"GIT_COMMITTER_DATE": fecha, "GIT_AUTHOR_DATE": fecha} if fecha else {}
    subprocess.run(
        ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", *orden],
        cwd=carpeta,
        check=True,
        capture_output=True,
        env={"PATH": "/usr/bin:/bin:/usr/local/bin", **fechas},
    )


@pytest.fixture
def repositorio(tmp_path):
    """Treinta secciones guardadas hace mucho; `book/p/s03.md` cambió ayer."""
    carpeta = tmp_path / "book/p"
    carpeta.mkdir(parents=True)
    for n in range(30):
        (carpeta / f"s{n:02}.md").write_text("x", "utf-8")
    _git(tmp_path, "init", "-q")
    _git(tmp_path, "add", "-A")
    _git(tmp_path, "commit", "-qm", "1", fecha="2020-01-01T00:00:00")
    (carpeta / "s03.md").write_text("y", "utf-8")
    _git(tmp_path, "commit", "-qam", "2")
    (carpeta / "s04.md").write_text("sin guardar", "utf-8")
    (carpeta / "nueva.md").write_text("sin añadir", "utf-8")
    return tmp_path


def _rutas(raiz):
    return sorted((raiz / "book/p").glob("*.md"))


def test_si_caben_van_todas(repositorio):
    rutas = _rutas(repositorio)
    assert alcance.elegir(rutas, None, repositorio) == rutas
    assert alcance.elegir(rutas, len(rutas), repositorio) == rutas


def test_si_no_caben_entra_lo_cambiado_y_una_parte(repositorio, capsys):
    rutas = _rutas(repositorio)
    hoy = {r.name for r in alcance.elegir(rutas, 5, repositorio, LUNES)}
    assert {"s03.md", "s04.md", "nueva.md"} <= hoy
    assert 3 < len(hoy) < len(rutas)
    assert f"{len(hoy)} de {len(rutas)}" in capsys.readouterr().out


def test_el_cuaderno_y_los_de_cada_marco_cuentan_como_su_fuente(repositorio):
    lab = repositorio / "book/p/s03.pytorch.ipynb"
    cuaderno = repositorio / "book/p/s03.ipynb"
    for dia in range(7):
        hoy = alcance.elegir(
            [cuaderno, lab], 0, repositorio, LUNES + timedelta(days=dia)
        )
        assert hoy == [cuaderno, lab]


@pytest.mark.parametrize(
    ("antes", "ahora", "entra"),
    [("a", "a", False), ("a", "b", True), (None, None, True), ("a", None, True)],
)
def test_retocar_la_prosa_no_es_cambiar_la_ejecucion(tmp_path, antes, ahora, entra):
    """Si la huella del cuaderno es la de hace un día, entra solo cuando le toca."""
    cuaderno = tmp_path / "book/p/s.ipynb"
    fuente = cuaderno.with_suffix(".md")
    cuaderno.parent.mkdir(parents=True)

    def guardar(texto, huella, fecha):
        fuente.write_text(texto, "utf-8")
        datos = {"huella": huella} if huella else {}
        cuaderno.write_text(json.dumps({"metadata": {"gradiente": datos}}), "utf-8")
        _git(tmp_path, "add", "-A")
        _git(tmp_path, "commit", "-qm", texto, fecha=fecha)

    _git(tmp_path, "init", "-q")
    guardar("prosa", antes, "2020-01-01T00:00:00")
    guardar("mejor prosa", ahora, None)
    otro_dia = LUNES + timedelta(days=alcance.turno("book/p/s.md") + 1)
    assert (alcance.elegir([fuente], 0, tmp_path, otro_dia) == [fuente]) == entra
    su_dia = otro_dia - timedelta(days=1)
    assert alcance.elegir([fuente], 0, tmp_path, su_dia) == [fuente]


def test_sin_nada_de_hace_un_dia_todo_es_reciente(tmp_path):
    """Un repositorio nuevo, o una copia sin historia: no hay con qué comparar."""
    cuaderno = tmp_path / "book/p/s.ipynb"
    cuaderno.parent.mkdir(parents=True)
    datos = {"metadata": {"gradiente": {"huella": "a"}}}
    cuaderno.write_text(json.dumps(datos), "utf-8")
    fuente = cuaderno.with_suffix(".md")
    fuente.write_text("prosa", "utf-8")
    _git(tmp_path, "init", "-q")
    _git(tmp_path, "add", "-A")
    _git(tmp_path, "commit", "-qm", "1")
    otro_dia = LUNES + timedelta(days=alcance.turno("book/p/s.md") + 1)
    assert alcance.elegir([fuente], 0, tmp_path, otro_dia) == [fuente]


def test_en_una_semana_pasan_todas(repositorio):
    rutas = _rutas(repositorio)
    vistas = set()
    for dia in range(7):
        vistas.update(
            alcance.elegir(rutas, 5, repositorio, LUNES + timedelta(days=dia))
        )
    assert vistas == set(rutas)


def test_fuera_de_git_no_se_finge(tmp_path):
    with pytest.raises((subprocess.CalledProcessError, FileNotFoundError)):
        alcance.elegir([tmp_path / "a.md"], 0, tmp_path)
