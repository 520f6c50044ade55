"""Un núcleo caliente es un núcleo corriente con los módulos ya importados."""

from __future__ import annotations

import contextlib
import os
import queue
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from jupyter_client.manager import KernelManager

from herramientas import nucleo
from herramientas.entorno import entorno

MODULO = "colorsys"  # uno pequeño, que ni IPython ni ipykernel importan


@pytest.fixture(scope="module")
def variables() -> Iterator[dict[str, str]]:
    """El entorno con un semillero que ha importado `MODULO`."""
    modulos = (MODULO, "ipykernel.kernelapp")
    with entorno() as base, nucleo.semillero(base, modulos) as con_semillero:
        yield con_semillero


@contextlib.contextmanager
def arrancar(variables: dict[str, str], carpeta: Path) -> Iterator[KernelManager]:
    """Un núcleo caliente en marcha, con su cliente en `.cliente`."""
    with pytest.MonkeyPatch.context() as parche:
        parche.setenv("JUPYTER_PATH", variables["JUPYTER_PATH"])
        gestor = KernelManager(kernel_name=nucleo.NOMBRE)
        gestor.start_kernel(env=variables, cwd=str(carpeta))
    gestor.cliente = gestor.blocking_client()
    gestor.cliente.start_channels()
    gestor.cliente.wait_for_ready(timeout=60)
    try:
        yield gestor
    finally:
        gestor.cliente.stop_channels()
        gestor.shutdown_kernel(now=True)


@pytest.fixture
def nucleo_vivo(
    variables: dict[str, str], tmp_path: Path
) -> Iterator[Callable[[str], str]]:
    """Función que ejecuta código en un núcleo caliente y da lo que imprime."""
    with arrancar(variables, tmp_path) as gestor:
        yield lambda codigo: imprime(gestor, codigo)


def imprime(gestor: KernelManager, codigo: str) -> str:
    """Lo que el código imprime, o el nombre de la excepción que lanza."""
    partes: list[str] = []

    def anotar(mensaje: dict) -> None:
        contenido = mensaje["content"]
        if mensaje["msg_type"] in ("stream", "error"):
            partes.append(contenido.get("text") or contenido["ename"])

    gestor.cliente.execute_interactive(codigo, output_hook=anotar, timeout=60)
    return "".join(partes).strip()


def muere(pid: int) -> bool:
    """Si el proceso termina en diez segundos."""
    for _ in range(100):
        try:
            estado = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
        except (FileNotFoundError, ProcessLookupError):
            return True
        if estado.rsplit(")", 1)[1].split()[0] == "Z":
            return True
        time.sleep(0.1)
    return False


def test_los_modulos_ya_estan(nucleo_vivo):
    assert nucleo_vivo(f"import sys; print({MODULO!r} in sys.modules)") == "True"


def test_sin_calentar_no_estaban(tmp_path):
    """Sin esto, la prueba anterior podría no fallar nunca."""
    with (
        entorno() as base,
        nucleo.semillero(base, ["ipykernel.kernelapp"]) as con_semillero,
        arrancar(con_semillero, tmp_path) as gestor,
    ):
        codigo = f"import sys; print({MODULO!r} in sys.modules)"
        assert imprime(gestor, codigo) == "False"


def test_nada_llega_al_siguiente(variables, tmp_path):
    pids = []
    for _ in range(2):
        with arrancar(variables, tmp_path) as gestor:
            dicho = imprime(gestor, f"import {MODULO}; print(hasattr({MODULO}, 'x'))")
            assert dicho == "False"
            assert imprime(gestor, "print('y' in globals())") == "False"
            imprime(gestor, f"y = {MODULO}.x = 1; import os; os.environ['Z'] = '1'")
            pids.append(imprime(gestor, "print(os.getpid())"))
    assert len(set(pids)) == 2


def test_su_carpeta_y_su_entorno(nucleo_vivo, tmp_path):
    (tmp_path / "vecino.py").write_text("V = 7\n", encoding="utf-8")
    assert nucleo_vivo("import os; print(os.getcwd())") == str(tmp_path)
    assert nucleo_vivo("import vecino; print(vecino.V)") == "7"
    assert nucleo_vivo("print(os.environ['JAX_PLATFORMS'])") == "cpu"
    sin_herramientas = "import sys; print(sorted({*sys.path} & {'', os.getcwd()}))"
    assert nucleo_vivo(sin_herramientas) == "['']"


def test_al_matarlo_mueren_sus_procesos(variables, tmp_path):
    with arrancar(variables, tmp_path) as gestor:
        pids = imprime(
            gestor,
            "import os, subprocess\n"
            "hijo = subprocess.Popen(['sleep', '600'])\n"
            "print(os.getpid(), hijo.pid)",
        )
    assert all(muere(int(pid)) for pid in pids.split())


def test_si_el_nucleo_muere_jupyter_lo_sabe(variables, tmp_path):
    with arrancar(variables, tmp_path) as gestor:
        gestor.cliente.execute("import os; os._exit(1)")
        limite = time.monotonic() + 10
        while gestor.is_alive() and time.monotonic() < limite:
            time.sleep(0.1)
        assert not gestor.is_alive()


def test_una_celda_se_interrumpe(variables, tmp_path):
    with arrancar(variables, tmp_path) as gestor:
        bucle = "import time\nfor _ in range(600): time.sleep(0.1)"
        gestor.cliente.execute(bucle, stop_on_error=False)
        time.sleep(1)
        gestor.interrupt_kernel()
        nombre = ""
        with contextlib.suppress(queue.Empty):
            while not nombre:
                mensaje = gestor.cliente.get_iopub_msg(timeout=20)
                nombre = mensaje["content"].get("ename", "")
        assert nombre == "KeyboardInterrupt"
        assert imprime(gestor, "print('sigue')") == "sigue"


def test_al_cerrar_el_semillero_no_queda_nadie(tmp_path):
    with entorno() as base, contextlib.ExitStack() as pila:
        semillero = nucleo.semillero(base, ["ipykernel.kernelapp"])
        with arrancar(pila.enter_context(semillero), tmp_path) as gestor:
            pid = int(imprime(gestor, "import os; print(os.getpid())"))
            pila.close()
            assert muere(pid)


def test_un_modulo_que_no_se_importa_se_dice():
    with (
        entorno() as base,
        pytest.raises(RuntimeError, match=r"no arranca:(.|\n)*modulo_que_no_existe"),
        nucleo.semillero(base, ["modulo_que_no_existe"]),
    ):
        pytest.fail("no debía arrancar")


def test_un_semillero_no_deja_archivos():
    with entorno() as base, nucleo.semillero(base, ["ipykernel.kernelapp"]) as listo:
        carpeta = listo["JUPYTER_PATH"].split(os.pathsep)[0]
        assert Path(carpeta).is_dir()
    assert not Path(carpeta).exists()
