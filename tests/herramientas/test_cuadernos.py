"""`cuadernos`: ejecuta solo lo que cambió y nunca deja nada a medias."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from libro_minimo import escribir_seccion

from herramientas import cuadernos, derivar, fuentes, tiempos
from herramientas.errores import ErrorEjecucion, ErrorFuente, ErrorHerramientas

MALA = "```{code-cell} ipython3\n%s\n```\n"


def leer(ruta: Path) -> dict:
    return json.loads(ruta.read_text(encoding="utf-8"))


def foto(raiz: Path) -> dict[str, tuple[bytes, int]]:
    """Contenido y momento de cada archivo, sin lo que hay en _build."""
    return {
        str(ruta.relative_to(raiz)): (ruta.read_bytes(), ruta.stat().st_mtime_ns)
        for ruta in sorted(raiz.rglob("*"))
        if ruta.is_file() and "_build" not in ruta.parts
    }


def test_genera_una_vez_y_la_segunda_no_toca_nada(raiz, seccion):
    seccion("book/01-a/b.md")
    primero = cuadernos.generar(raiz=raiz)
    assert primero.ejecutados == ["book/01-a/b.ipynb"]
    assert not primero.errores
    cuaderno = leer(raiz / "book/01-a/b.ipynb")
    codigo = [c for c in cuaderno["cells"] if c["cell_type"] == "code"]
    assert codigo[0]["id"] == "preparacion"
    assert codigo[0]["metadata"]["tags"] == ["remove-cell"]
    assert [c["execution_count"] for c in codigo] == [1, 2, 3, 4]
    assert codigo[1]["outputs"][0]["text"] == ["uno 2\n"]
    assert codigo[2]["outputs"][0]["data"]["text/plain"] == ["3"]
    assert cuaderno["metadata"]["gradiente"]["fuente"] == "book/01-a/b.md"
    assert list(leer(raiz / tiempos.TIEMPOS)) == ["book/01-a/b.ipynb"]
    antes = foto(raiz)
    segundo = cuadernos.generar(raiz=raiz)
    assert segundo.intactos == ["book/01-a/b.ipynb"]
    assert foto(raiz) == antes


def test_forzar_ejecuta_de_nuevo_y_da_los_mismos_bytes(raiz, seccion):
    seccion("book/b.md")
    cuadernos.generar(raiz=raiz)
    antes = (raiz / "book/b.ipynb").read_bytes()
    assert cuadernos.generar(raiz=raiz, forzar=True).ejecutados == ["book/b.ipynb"]
    assert (raiz / "book/b.ipynb").read_bytes() == antes


def test_la_prosa_y_la_presentacion_se_refrescan_sin_ejecutar(
    raiz, seccion, monkeypatch
):
    ruta = seccion("book/b.md")
    cuadernos.generar(raiz=raiz)
    antes = leer(raiz / "book/b.ipynb")
    monkeypatch.setattr(cuadernos, "_ejecutar", None)  # ejecutar sería un error
    texto = ruta.read_text(encoding="utf-8").replace("Prosa.", "Prosa nueva.")
    texto = texto.replace(":tags: [pytorch]", ":tags: [pytorch, hide-input]")
    ruta.write_text(texto.replace("---\n# T", "temario: [T5.09]\n---\n# T"), "utf-8")
    assert cuadernos.generar(raiz=raiz).refrescados == ["book/b.ipynb"]
    despues = leer(raiz / "book/b.ipynb")
    assert despues["cells"][3]["source"] == ["Prosa nueva."]
    assert despues["metadata"]["temario"] == ["T5.09"]
    assert despues["cells"][4]["metadata"]["tags"] == ["pytorch", "hide-input"]
    assert despues["cells"][4]["outputs"] == antes["cells"][4]["outputs"]
    huellas = {c["metadata"]["gradiente"]["huella"] for c in (antes, despues)}
    assert len(huellas) == 1


def test_cambiar_codigo_version_o_modulo_vuelve_a_ejecutar(raiz, seccion):
    cuerpo = "import numpy\nfrom gradiente import estilo\nprint(estilo.TONO)"
    ruta = seccion("book/b.md", cuerpo=MALA % cuerpo)
    (raiz / "gradiente").mkdir()
    (raiz / "gradiente/__init__.py").write_text("", "utf-8")
    (raiz / "gradiente/estilo.py").write_text("TONO = 1\n", "utf-8")
    (raiz / "gradiente/otro.py").write_text("", "utf-8")
    (raiz / "requirements.txt").write_text("numpy>=1\njax==0.0.1\n", "utf-8")

    def ejecuta() -> bool:
        resultado = cuadernos.generar(raiz=raiz)
        assert not resultado.errores
        return bool(resultado.ejecutados)

    assert ejecuta()
    (raiz / "requirements.txt").write_text(
        f"numpy=={np.__version__}\njax==0.0.1\n", "utf-8"
    )
    assert ejecuta(), "cambió una versión fijada de lo que importa"
    (raiz / "requirements.txt").write_text(
        f"numpy=={np.__version__}\njax==0.0.2\n", "utf-8"
    )
    (raiz / "gradiente/otro.py").write_text("x = 1\n", "utf-8")
    assert not ejecuta(), "no importa ni jax ni gradiente.otro"
    (raiz / "gradiente/estilo.py").write_text("TONO = 22\n", "utf-8")
    assert ejecuta(), "cambió un módulo que importa"
    (salida,) = leer(raiz / "book/b.ipynb")["cells"][2]["outputs"]
    assert salida["text"] == ["22\n"]
    ruta.write_text(ruta.read_text("utf-8").replace("TONO)", "TONO, 0)"), "utf-8")
    assert ejecuta(), "cambió el código"


def test_no_se_ejecuta_con_una_version_distinta_de_la_fijada(raiz, seccion):
    seccion("book/b.md", cuerpo=MALA % "import numpy")
    (raiz / "requirements.txt").write_text("numpy==0.0.1\n", "utf-8")
    (error,) = cuadernos.generar(raiz=raiz).errores
    assert f"{np.__version__} y requirements.txt fija 0.0.1" in str(error)
    assert not (raiz / "book/b.ipynb").exists()


@pytest.fixture(scope="module")
def fallidos(tmp_path_factory):
    """Un libro con un cuaderno por cada manera de fallar, y uno bueno."""
    raiz = tmp_path_factory.mktemp("libro")
    casos = {
        "excepcion": "def f():\n    return 1 / 0\n\nf()",
        "aviso": 'import warnings\nwarnings.warn("cuidado")',
        "stderr": 'import sys\nprint("ay", file=sys.stderr)',
        "direccion": "object()",
        "ruta": "import os\nos.getcwd()",
        "barra": 'print("10/10 2s 3ms/step")',
        "sin-fallo": ":tags: [raises-exception]\n1 + 1",
        "muere": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
        "lenta": "import time\ntime.sleep(60)",
        "buena": 'print("bien")',
    }
    for nombre, codigo in casos.items():
        ruta = escribir_seccion(raiz, f"book/{nombre}.md", "Antes.\n\n" + MALA % codigo)
        ruta.with_suffix(".ipynb").write_text("{lo anterior", "utf-8")
    resultado = cuadernos.generar(raiz=raiz, limite=4)
    return raiz, resultado


@pytest.mark.parametrize(
    ("nombre", "linea", "mensaje"),
    [
        ("excepcion", 12, "ZeroDivisionError: division by zero"),
        ("aviso", 8, "UserWarning: cuidado"),
        ("stderr", 8, "la celda escribe en stderr"),
        ("direccion", 8, "dirección de memoria"),
        ("ruta", 8, "ruta absoluta"),
        ("barra", 8, "barra de progreso"),
        ("sin-fallo", 8, "no ha fallado"),
        ("muere", 8, "el kernel murió"),
        ("lenta", 8, "pasó de 4 s"),
    ],
)
def test_un_fallo_se_situa_y_deja_el_cuaderno_anterior(
    fallidos, nombre, linea, mensaje
):
    raiz, resultado = fallidos
    (error,) = [e for e in resultado.errores if e.archivo == f"book/{nombre}.md"]
    assert isinstance(error, ErrorEjecucion)
    assert (error.linea, error.celda) == (linea, 2)
    assert mensaje in error.mensaje
    assert "\x1b" not in str(error)
    assert f"[book/{nombre}.ipynb]" in str(error)
    assert (raiz / f"book/{nombre}.ipynb").read_text("utf-8") == "{lo anterior"


def test_un_fallo_no_estorba_a_los_demas_ni_deja_restos(fallidos):
    raiz, resultado = fallidos
    assert resultado.ejecutados == ["book/buena.ipynb"]
    assert leer(raiz / "book/buena.ipynb")["nbformat"] == 4
    assert len(resultado.errores) == 9
    assert not list(raiz.rglob("*.tmp"))


def test_la_excepcion_esperada_se_guarda_sin_rutas_ni_colores(raiz, seccion):
    codigo = ":tags: [raises-exception]\nimport json\njson.loads('{')"
    seccion("book/b.md", cuerpo=MALA % codigo)
    assert not cuadernos.generar(raiz=raiz).errores
    (salida,) = leer(raiz / "book/b.ipynb")["cells"][2]["outputs"]
    assert salida["ename"] == "JSONDecodeError"
    assert salida["evalue"].startswith("Expecting property name")
    traza = "\n".join(salida["traceback"])
    assert "Cell In[2], line 2" in traza
    assert "\x1b" not in traza
    assert "decoder.py" not in traza


def test_un_cuaderno_cambiado_a_mano_no_se_pisa(raiz, seccion):
    seccion("book/b.md")
    cuadernos.generar(raiz=raiz)
    ruta = raiz / "book/b.ipynb"
    ruta.write_text(ruta.read_text("utf-8").replace('"3"', '"4"'), "utf-8")
    cambiado = ruta.read_bytes()
    (error,) = cuadernos.generar(raiz=raiz).errores
    assert isinstance(error, ErrorFuente)
    assert "cambiado a mano" in str(error)
    assert "book/b.md" in str(error)
    assert ruta.read_bytes() == cambiado
    assert cuadernos.generar(raiz=raiz, forzar=True).ejecutados
    assert not cuadernos.generar(raiz=raiz).errores


def test_un_json_roto_se_rehace(raiz, seccion):
    seccion("book/b.md")
    (raiz / "book/b.ipynb").write_text("<<<<<<< HEAD\n{}", "utf-8")
    assert cuadernos.generar(raiz=raiz).ejecutados == ["book/b.ipynb"]


@pytest.mark.parametrize(
    "nombre",
    ["book/01-a/b.md", "book/01-a/b.ipynb", "book/01-a/b", "{raiz}/book/01-a/b.md"],
)
def test_solo_admite_varias_maneras_de_nombrar(raiz, seccion, nombre):
    ruta = seccion("book/01-a/b.md")
    seccion("book/01-a/c.md")
    assert cuadernos.elegir([nombre.format(raiz=raiz)], raiz) == [ruta]


def test_solo_admite_los_cuadernos_de_un_lab(raiz, seccion):
    ruta = seccion("solutions/01-x.md")
    assert cuadernos.elegir(["labs/01-x.jax.ipynb", "solutions/01-x"], raiz) == [ruta]


@pytest.mark.parametrize(
    ("nombre", "mensaje"),
    [
        ("book/nada.md", "no existe esa fuente"),
        ("README.md", "fuera de book/"),
        ("book/texto.md", "no tiene celdas"),
    ],
)
def test_solo_explica_lo_que_no_puede(raiz, nombre, mensaje):
    (raiz / "book/texto.md").write_text("# Solo texto\n", "utf-8")
    with pytest.raises(ErrorHerramientas, match=mensaje):
        cuadernos.elegir([nombre], raiz)


def test_una_fuente_mala_no_estorba_a_las_demas(raiz, seccion):
    seccion("book/buena.md")
    seccion("book/mala.md", cabecera="temario: T5\n")
    resultado = cuadernos.generar(raiz=raiz)
    assert resultado.ejecutados == ["book/buena.ipynb"]
    assert [e.archivo for e in resultado.errores] == ["book/mala.md"]


def test_la_cabecera_puede_subir_el_limite(raiz, seccion):
    ruta = seccion("book/b.md", cabecera="limite: 300\n")
    (objetivo,) = derivar.objetivos(ruta, raiz)
    assert objetivo.limite == 300


def lanzar(raiz: Path, *opciones: str) -> subprocess.Popen:
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "herramientas",
            f"--raiz={raiz}",
            "cuadernos",
            *opciones,
        ],
        cwd=fuentes.RAIZ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # Quien se lanzó con «&» hereda SIGINT ignorada, y aquí se prueba a mandarla.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def vivo(pid: int) -> bool:
    try:
        estado = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    except FileNotFoundError:
        return False
    return estado[0] != "Z"


@pytest.mark.parametrize("senal", [signal.SIGINT, signal.SIGTERM])
def test_interrumpir_deja_todo_como_estaba_y_ningun_kernel(raiz, seccion, senal):
    codigo = (
        "import os, pathlib, subprocess, time\n"
        'hijo = subprocess.Popen(["sleep", "300"])\n'
        'texto = f"{os.getpid()} {hijo.pid}"\n'
        'pathlib.Path("pids.tmp0").write_text(texto)\n'
        'pathlib.Path("pids.tmp0").rename("pids")\n'
        "time.sleep(300)"
    )
    ruta = seccion("book/b.md", cuerpo=MALA % codigo).with_suffix(".ipynb")
    ruta.write_text("{lo anterior", "utf-8")
    proceso = lanzar(raiz)
    plazo = time.monotonic() + 60
    while not (raiz / "book/pids").exists():
        assert time.monotonic() < plazo and proceso.poll() is None
        time.sleep(0.05)
    pids = [int(pid) for pid in (raiz / "book/pids").read_text("utf-8").split()]
    assert all(map(vivo, pids))
    os.kill(proceso.pid, senal)
    dicho, _ = proceso.communicate(timeout=30)
    assert proceso.returncode == 130
    assert "Interrumpido" in dicho
    assert "Traceback" not in dicho
    assert ruta.read_text("utf-8") == "{lo anterior"
    assert not list(raiz.rglob("*.tmp"))
    plazo = time.monotonic() + 10
    while any(map(vivo, pids)) and time.monotonic() < plazo:
        time.sleep(0.05)
    assert not any(map(vivo, pids))


def test_la_orden_resume_y_sale_con_error_si_algo_falla(raiz, seccion):
    seccion("book/a-buena.md")
    seccion("book/mala.md", cuerpo=MALA % "1 / 0")
    proceso = lanzar(raiz, "-j", "2")
    dicho, _ = proceso.communicate(timeout=60)
    assert proceso.returncode == 1
    assert "✓ book/a-buena.ipynb (" in dicho
    assert "✗ book/mala.md:7 (celda 2): ZeroDivisionError" in dicho
    assert "1 ejecutados, 0 refrescados sin ejecutar, 0 sin cambios, 1 con" in dicho
    assert "\x1b" not in dicho, "sin terminal no hay colores ni barra"
