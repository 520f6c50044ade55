"""La carrera de optimizadores: cuentas, validación y manejo."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from manos import MOVIL, arrastrar, centro, cuadro, estado, numero, toques
from playwright.sync_api import Page, expect
from scipy.optimize import check_grad, minimize

from gradiente import estilo, figuras
from gradiente.figuras import CarreraOptimizadores, ErrorFigura
from gradiente.figuras._optimizadores import (
    LEJOS,
    METODOS,
    NOMBRES,
    PAISAJES,
    trayectoria,
)
from gradiente.figuras.carrera_optimizadores import COLORES

# Las funciones, escritas otra vez y con PyTorch: la referencia independiente.
REFERENCIA = {
    "valle": lambda x, y: (x**2 + 20 * y**2) / 2,
    "silla": lambda x, y: x**2 - y**2 + y**4 / 4,
    "rosenbrock": lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2,
    "beale": lambda x, y: sum(
        (c - x * (1 - y**k)) ** 2 for k, c in enumerate((1.5, 2.25, 2.625), start=1)
    ),
    "ondas": lambda x, y: (
        torch.sin(x) * torch.cos(y) + torch.sin(x / 2) * torch.cos(y / 2)
    ),
}
OPTIMIZADORES = {
    "sgd": torch.optim.SGD,
    "momentum": lambda p, lr: torch.optim.SGD(p, lr=lr, momentum=0.9),
    "nesterov": lambda p, lr: torch.optim.SGD(p, lr=lr, momentum=0.9, nesterov=True),
    "adagrad": torch.optim.Adagrad,
    "rmsprop": torch.optim.RMSprop,
    "adam": torch.optim.Adam,
}
PASOS = 60


@pytest.fixture(scope="module")
def js(calculos):
    return calculos("carrera_optimizadores")


def con_torch(paisaje, metodo, inicio, tasa, pasos) -> np.ndarray:
    """El camino según ``torch.optim``, con los valores por defecto de la biblioteca."""
    punto = torch.tensor(inicio, dtype=torch.float64, requires_grad=True)
    optimizador = OPTIMIZADORES[metodo]([punto], lr=tasa)
    camino = [punto.detach().numpy().copy()]
    for _ in range(pasos):
        optimizador.zero_grad()
        REFERENCIA[paisaje](*punto).backward()
        optimizador.step()
        camino.append(punto.detach().numpy().copy())
    return np.array(camino)


def al_azar(paisaje: str, semilla: int) -> np.ndarray:
    x0, x1, y0, y1 = PAISAJES[paisaje].limites
    azar = np.random.default_rng(semilla)
    return azar.uniform((x0, y0), (x1, y1)).round(3)


@pytest.mark.parametrize("metodo", METODOS)
@pytest.mark.parametrize("paisaje", PAISAJES)
def test_los_caminos_son_los_de_torch_y_los_de_python(js, paisaje, metodo):
    propia = PAISAJES[paisaje].tasas[METODOS.index(metodo)]
    salidas = [PAISAJES[paisaje].inicio, *(al_azar(paisaje, k) for k in range(5))]
    for k, inicio in enumerate(salidas):
        inicio = [float(v) for v in inicio]
        tasa = propia * (1, 0.3, 2)[k % 3]
        en_js = np.array(
            js("caminoOptimizador", paisaje, metodo, inicio, tasa, PASOS), dtype=float
        )
        en_python = trayectoria(paisaje, metodo, inicio, tasa, PASOS)
        assert en_js.shape == en_python.shape
        en_torch = con_torch(paisaje, metodo, inicio, tasa, len(en_js) - 1)
        # Mientras no se pierde: después crece hasta donde cada orden de cuentas decide.
        cerca = np.hypot(*en_python.T) < 1e4
        np.testing.assert_allclose(en_js[cerca], en_python[cerca], rtol=1e-7, atol=1e-9)
        np.testing.assert_allclose(
            en_python[cerca], en_torch[cerca], rtol=1e-7, atol=1e-9
        )


@pytest.mark.parametrize("semilla", range(8))
@pytest.mark.parametrize("paisaje", PAISAJES)
def test_funcion_y_gradiente(js, paisaje, semilla):
    punto = al_azar(paisaje, semilla)
    x, y = torch.tensor(punto, requires_grad=True).unbind()
    xy = [x.detach().requires_grad_(), y.detach().requires_grad_()]
    valor = REFERENCIA[paisaje](*xy)
    esperado = [float(g) for g in torch.autograd.grad(valor, xy)]
    p = PAISAJES[paisaje]
    assert p.f(punto) == pytest.approx(valor.item(), rel=1e-11)
    assert js("valorPaisaje", paisaje, punto) == pytest.approx(valor.item(), rel=1e-11)
    assert p.gradiente(punto) == pytest.approx(esperado, rel=1e-10)
    assert js("gradientePaisaje", paisaje, punto) == pytest.approx(esperado, rel=1e-10)
    assert check_grad(p.f, p.gradiente, punto) < 1e-5 * (1 + np.linalg.norm(esperado))


@pytest.mark.parametrize("paisaje", PAISAJES)
def test_los_minimos_marcados_son_todos_los_del_dibujo(paisaje):
    p = PAISAJES[paisaje]
    x0, x1, y0, y1 = p.limites
    hallados = set()
    for x in np.linspace(x0, x1, 15):
        for y in np.linspace(y0, y1, 15):
            r = minimize(p.f, (x, y), jac=p.gradiente, method="BFGS", tol=1e-9)
            dentro = x0 - 1e-6 <= r.x[0] <= x1 and y0 - 1e-6 <= r.x[1] <= y1
            if dentro and np.linalg.norm(p.gradiente(r.x)) < 1e-6:
                # Solo mínimos: en las sillas de los bordes también se para.
                h = 1e-3
                alrededor = [
                    p.f(r.x + h * np.array([np.cos(a), np.sin(a)]))
                    for a in np.linspace(0, 2 * np.pi, 24)
                ]
                if min(alrededor) > p.f(r.x):
                    hallados.add(tuple((r.x + 0.0).round(3)))
    marcados = np.array(sorted(p.minimos))
    assert len(hallados) == len(marcados)
    np.testing.assert_allclose(sorted(hallados), marcados, atol=1.1e-3)


def test_la_silla_esta_acotada_y_el_valle_tiene_condicion_20():
    silla = PAISAJES["silla"].f(np.array([0.0, np.sqrt(2)]))
    assert silla == pytest.approx(-1)
    hessiana = np.array(
        [
            PAISAJES["valle"].gradiente(np.array(e)) for e in np.eye(2)
        ]  # lineal: sus columnas
    )
    assert np.linalg.cond(hessiana) == pytest.approx(20)


def test_por_omision_ninguno_diverge_ni_se_sale():
    for paisaje, p in PAISAJES.items():
        x0, x1, y0, y1 = p.limites
        figura = CarreraOptimizadores(paisaje)
        salida = p.f(np.array(figura.inicio))
        for camino in figura.trayectorias().values():
            assert len(camino) == figura.pasos + 1
            assert p.f(camino[-1]) < salida
            holgura = 0.02 * (x1 - x0)
            assert (camino > np.array([x0, y0]) - holgura).all()
            assert (camino < np.array([x1, y1]) + holgura).all()


def test_en_ondas_solo_momentum_llega_al_minimo_global():
    fines = {m: c[-1] for m, c in CarreraOptimizadores("ondas").trayectorias().items()}
    assert fines["momentum"] == pytest.approx([4.411, 6.283], abs=0.01)
    for metodo in set(METODOS) - {"momentum"}:
        assert fines[metodo] == pytest.approx([1.638, 3.510], abs=0.06)


def test_el_limite_de_sgd_en_el_valle_es_dos_partido_por_l():
    for tasa, diverge in ((0.099, False), (0.101, True)):
        figura = CarreraOptimizadores(tasas={"sgd": tasa}, metodos=["sgd"], pasos=1000)
        camino = figura.trayectorias()["sgd"]
        assert (abs(camino[-1][1]) > 1.5) == diverge


@pytest.mark.parametrize(
    ("opciones", "dice"),
    [
        ({"paisaje": "meseta"}, "No hay ningún paisaje 'meseta'.*rosenbrock"),
        ({"paisaje": None}, "No hay ningún paisaje None"),
        ({"inicio": [1]}, r"inicio debe tener forma \(2,\)"),
        ({"inicio": [9, 0]}, "cae fuera del dibujo"),
        ({"paisaje": "ondas", "inicio": (-2, 1.5)}, r"fuera del dibujo, \[0, 10\]"),
        ({"inicio": [np.nan, 0]}, "NaN o infinitos"),
        ({"tasas": {"sgd": 0}}, "tasa de SGD debe ser entre 0.0001 y 10"),
        ({"tasas": {"adam": 11}}, "tasa de Adam debe ser entre"),
        ({"tasas": {"newton": 1}}, "tasas nombra 'newton'.*adagrad"),
        ({"tasas": [0.1, 0.2]}, "una lista de 6 números"),
        ({"tasas": 0.1}, "un diccionario o una lista"),
        ({"metodos": ["adan"]}, "metodos nombra 'adan'"),
        ({"metodos": 3}, "metodos debe ser una lista"),
        ({"pasos": 5}, "pasos debe ser entre 10 y 1000"),
        ({"pasos": 20.5}, "pasos debe ser un entero"),
    ],
)
def test_parametros_malos(opciones, dice):
    with pytest.raises(ErrorFigura, match=dice):
        CarreraOptimizadores(**opciones)


def test_constructor_de_las_paginas():
    figura = CarreraOptimizadores(paisaje="valle", inicio=(-2.0, 1.5), tasas=None)
    assert figura.estado() == CarreraOptimizadores().estado()
    una = CarreraOptimizadores(tasas={"adam": 0.3}, metodos=("adam", "sgd"))
    assert una.metodos == ["sgd", "adam"]
    assert una.tasas == [*PAISAJES["valle"].tasas[:5], 0.3]
    assert CarreraOptimizadores(tasas=np.full(6, 0.1)).tasas == [0.1] * 6


def test_al_cambiar_de_paisaje_cambian_inicio_y_tasas():
    figura = CarreraOptimizadores(inicio=(1, 1), tasas={"sgd": 0.01})
    assert figura.inicio == [1.0, 1.0] and figura.tasas[0] == 0.01
    figura.paisaje = "ondas"
    assert tuple(figura.inicio) == PAISAJES["ondas"].inicio
    assert tuple(figura.tasas) == PAISAJES["ondas"].tasas
    # Lo que manda el navegador llega junto y no se pisa.
    figura.set_state({"paisaje": "beale", "inicio": [1, 1.5], "tasas": [0.01] * 6})
    assert figura.paisaje == "beale" and figura.inicio == [1.0, 1.5]


def test_la_descripcion_dice_quien_diverge_y_cuando():
    figura = CarreraOptimizadores(tasas={"sgd": 0.2}, metodos=["sgd", "adam"])
    divergente = figura.trayectorias()["sgd"]
    assert not np.hypot(*divergente[-1]) < LEJOS and len(divergente) < figura.pasos
    texto = figura.descripcion()
    assert f"SGD, con tasa 0,20, diverge en el paso {len(divergente) - 1}" in texto
    assert "Adam, con tasa 0,10, llega a (" in texto
    assert "Ninguno está activo" in CarreraOptimizadores(metodos=[]).descripcion()
    assert len(CarreraOptimizadores(metodos=[]).poster()) > 1000
    assert figura.poster() != CarreraOptimizadores(metodos=["adam"]).poster()


def test_los_colores_son_los_del_css():
    for metodo, color in COLORES.items():
        assert f"--gr-{metodo}: {color};" in figuras.css()
        claro = [int(color[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        lineal = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
                  for c in claro]  # fmt: skip
        assert 1.05 / (np.dot((0.2126, 0.7152, 0.0722), lineal) + 0.05) >= 4.5
    assert COLORES["adam"] == estilo.COLORES["acento"]


# ------------------------------------------------------------------ navegador


def pulsar(pagina: Page, nombre: str, veces: int = 1) -> None:
    for _ in range(veces):
        pagina.get_by_role("button", name=nombre, exact=True).click()
    cuadro(pagina)


def llegadas(pagina: Page) -> dict[str, str]:
    """Lo que se lee junto a cada método."""
    return {
        c.locator(".gr-boton").inner_text(): c.locator(".gr-llega").inner_text()
        for c in pagina.locator(".gr-corredor").all()
    }


def valor(texto: str) -> float:
    texto = texto.removeprefix("f = ")
    if "·10" not in texto:
        return numero(texto)
    mantisa, exponente = texto.split("·10")
    cifra = exponente.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
    return numero(mantisa) * 10.0 ** int(cifra)


def comprobar(pagina: Page, paso: int) -> None:
    """Lo que se lee es lo que dicen las trayectorias de Python en ese paso."""
    paisaje, inicio, tasas, metodos = estado(
        pagina, "paisaje", "inicio", "tasas", "metodos"
    )
    figura = CarreraOptimizadores(paisaje, inicio, tasas, metodos)
    leidas = llegadas(pagina)
    for metodo in METODOS:
        texto = leidas[NOMBRES[metodo]]
        if metodo not in metodos:
            assert texto == "no corre"
            continue
        camino = figura.trayectorias()[metodo]
        if paso >= len(camino) - 1 and not np.hypot(*camino[-1]) < LEJOS:
            assert texto == f"diverge (paso {len(camino) - 1})"
        else:
            esperado = float(PAISAJES[paisaje].f(camino[paso]))
            assert valor(texto) == pytest.approx(esperado, rel=0.06, abs=1e-30)


@pytest.mark.parametrize("paisaje", PAISAJES)
def test_cada_paso_es_el_de_python(abrir, paisaje):
    pagina = abrir(CarreraOptimizadores(paisaje), reduced_motion="reduce")
    cuadro(pagina)
    comprobar(pagina, 0)
    pulsar(pagina, "Paso", 3)
    expect(pagina.locator(".gr-fase")).to_have_text("Paso 3 de 200")
    comprobar(pagina, 3)
    pulsar(pagina, "20 pasos", 2)
    comprobar(pagina, 43)


def test_reproducir_pausa_y_reiniciar(abrir):
    pagina = abrir(CarreraOptimizadores(pasos=30))
    pulsar(pagina, "Reproducir")
    fase = pagina.locator(".gr-fase")
    pagina.wait_for_function(
        "parseInt(document.querySelector('.gr-fase').textContent.slice(5)) >= 4"
    )
    pulsar(pagina, "Pausa")
    quieto = fase.inner_text()
    pagina.wait_for_timeout(300)
    assert fase.inner_text() == quieto
    pulsar(pagina, "Reproducir")
    expect(fase).to_have_text("Paso 30 de 30")
    expect(pagina.get_by_role("button", name="Reproducir")).to_have_attribute(
        "aria-disabled", "true"
    )
    pulsar(pagina, "Reiniciar")
    expect(fase).to_have_text("Paso 0 de 30")


def test_sin_movimiento_se_avanza_a_saltos(abrir):
    pagina = abrir(CarreraOptimizadores(), reduced_motion="reduce")
    cuadro(pagina)
    expect(pagina.get_by_role("button", name="Reproducir")).to_have_count(0)
    pulsar(pagina, "20 pasos")
    pagina.wait_for_timeout(300)
    expect(pagina.locator(".gr-fase")).to_have_text("Paso 20 de 200")


@pytest.mark.parametrize("como", ["ratón", "teclado", "dedo"])
def test_mover_la_salida_rehace_los_caminos(abrir, como):
    pagina = abrir(
        CarreraOptimizadores(),
        reduced_motion="reduce",
        **(MOVIL if como == "dedo" else {}),
    )
    pulsar(pagina, "20 pasos")
    antes = estado(pagina, "inicio")
    if como == "ratón":
        arrastrar(pagina, "Punto de salida", 60, 40)
    elif como == "teclado":
        pagina.get_by_role("slider", name="Punto de salida").focus()
        pagina.keyboard.press("ArrowDown")
        pagina.keyboard.press("Shift+ArrowRight")
        cuadro(pagina)
    else:
        x, y = centro(pagina, "Punto de salida")
        alto = pagina.evaluate("scrollY")
        toques(pagina, *[(x + 8 * k, y + 5 * k) for k in range(6)])
        assert pagina.evaluate("scrollY") == alto
    assert estado(pagina, "inicio") != antes
    expect(pagina.locator(".gr-fase")).to_have_text("Paso 20 de 200")  # sigue donde iba
    comprobar(pagina, 20)


def test_la_salida_no_se_sale(abrir):
    figura = CarreraOptimizadores("ondas")
    pagina = abrir(figura)
    cuadro(pagina)
    arrastrar(pagina, "Punto de salida", -900, 900)
    [inicio] = estado(pagina, "inicio")
    figura.inicio = inicio  # Python lo admite
    assert inicio == [0.1, 0.1]


def test_los_ejes_atraen_la_salida_y_se_puede_salir_de_ellos(abrir):
    pagina = abrir(CarreraOptimizadores("silla"), reduced_motion="reduce")
    cuadro(pagina)
    pagina.get_by_role("slider", name="Punto de salida").focus()
    [[_, cerca]] = estado(pagina, "inicio")
    pagina.keyboard.press("ArrowRight")
    cuadro(pagina)
    assert estado(pagina, "inicio")[0][1] == cerca != 0  # ese eje no se ha tocado
    alturas = []
    for tecla in ["ArrowDown"] * 3 + ["ArrowUp"] * 6:
        pagina.keyboard.press(tecla)
        cuadro(pagina)
        alturas.append(estado(pagina, "inicio")[0][1])
    ida, vuelta = alturas[:3], alturas[3:]
    assert max(ida) < 0 < vuelta[-1]  # las flechas no se quedan pegadas
    assert vuelta.count(0) == 1


def test_un_metodo_que_diverge_se_dice_y_los_demas_siguen(abrir):
    figura = CarreraOptimizadores(tasas={"sgd": 0.2, "momentum": 0.5})
    pagina = abrir(figura, reduced_motion="reduce")
    cuadro(pagina)
    expect(pagina.locator(".gr-aviso")).to_have_text("")
    pulsar(pagina, "Paso", 4)
    aviso = pagina.locator(".gr-aviso")
    expect(aviso).to_contain_text("Fuera del dibujo: SGD, Momentum.")
    pulsar(pagina, "20 pasos")
    comprobar(pagina, 24)
    expect(aviso).to_contain_text("SGD diverge en el paso 13.")
    expect(aviso).to_contain_text("Momentum diverge en el paso")
    pulsar(pagina, "20 pasos", 9)
    comprobar(pagina, 200)


@pytest.mark.parametrize("tasa", [1e-4, 10.0])
@pytest.mark.parametrize("paisaje", PAISAJES)
def test_las_tasas_extremas_no_rompen_el_dibujo(abrir, paisaje, tasa):
    figura = CarreraOptimizadores(paisaje, tasas=[tasa] * 6)
    pagina = abrir(figura, reduced_motion="reduce")  # exige que no haya errores
    pulsar(pagina, "20 pasos", 3)
    comprobar(pagina, 60)
    marcas = pagina.locator(".gr-carrera .gr-ejes text").all_text_contents()
    assert len(marcas) > 8 and not any("—" in t or "∞" in t for t in marcas)


def test_activar_y_desactivar(abrir):
    pagina = abrir(CarreraOptimizadores(), reduced_motion="reduce")
    pulsar(pagina, "20 pasos")
    adam = pagina.get_by_role("button", name="Adam")
    expect(adam).to_have_attribute("aria-pressed", "true")
    adam.focus()
    pagina.keyboard.press("Space")
    cuadro(pagina)
    expect(adam).to_have_attribute("aria-pressed", "false")
    assert estado(pagina, "metodos") == [list(METODOS[:-1])]
    comprobar(pagina, 20)
    for metodo in METODOS[:-1]:
        pulsar(pagina, NOMBRES[metodo])
    expect(pagina.locator(".gr-aviso")).to_contain_text("No corre ninguno")
    paso = pagina.get_by_role("button", name="Paso", exact=True)
    expect(paso).to_have_attribute("aria-disabled", "true")
    pulsar(pagina, "Adam")
    assert estado(pagina, "metodos") == [["adam"]]
    comprobar(pagina, 20)


def test_cada_metodo_tiene_su_tasa_logaritmica(abrir):
    pagina = abrir(CarreraOptimizadores(), reduced_motion="reduce")
    pulsar(pagina, "20 pasos")
    mando = pagina.get_by_role("slider", name="η, tasa de Adam")
    expect(mando).to_have_attribute("aria-valuetext", "0,10")
    mando.focus()
    pagina.keyboard.press("ArrowRight")
    cuadro(pagina)
    [tasas] = estado(pagina, "tasas")
    assert tasas == [*PAISAJES["valle"].tasas[:5], 0.11]
    comprobar(pagina, 20)
    mando.fill("-4")
    cuadro(pagina)
    assert estado(pagina, "tasas")[0][5] == 1e-4
    comprobar(pagina, 20)


def test_elegir_paisaje_trae_su_salida_y_sus_tasas(abrir):
    pagina = abrir(CarreraOptimizadores(), reduced_motion="reduce")
    pulsar(pagina, "20 pasos")
    for paisaje, p in reversed(PAISAJES.items()):
        pagina.get_by_label("Paisaje").select_option(paisaje)
        cuadro(pagina)
        assert estado(pagina, "paisaje", "inicio", "tasas") == [
            paisaje,
            list(p.inicio),
            list(p.tasas),
        ]
        expect(pagina.locator(".gr-formula")).to_have_text(p.formula)
        expect(pagina.locator(".gr-plano text", has_text="mínimo")).to_have_count(
            len(p.minimos)
        )
        expect(pagina.locator(".gr-fase")).to_have_text("Paso 0 de 200")
        comprobar(pagina, 0)
        pulsar(pagina, "20 pasos")


def test_la_region_viva_resume_del_mejor_al_peor(abrir):
    pagina = abrir(CarreraOptimizadores("rosenbrock"), reduced_motion="reduce")
    pulsar(pagina, "20 pasos", 10)
    region = pagina.locator("[aria-live=polite]")
    expect(region).to_contain_text("Paso 200. Momentum: f = ")
    partes = region.inner_text().removeprefix("Paso 200. ").rstrip(". ").split("; ")
    valores = [valor(p.split(": ")[1]) for p in partes]
    assert valores == sorted(valores) and len(valores) == 6


def test_lo_que_cambia_python_se_ve(abrir):
    pagina = abrir(CarreraOptimizadores(), reduced_motion="reduce")
    pulsar(pagina, "20 pasos")
    pagina.evaluate("modelos[0].set('tasas', [0.01, 0.01, 0.01, 0.1, 0.01, 0.01])")
    cuadro(pagina)
    comprobar(pagina, 20)
    pagina.evaluate("modelos[0].set('inicio', [1, -1])")
    cuadro(pagina)
    comprobar(pagina, 20)
