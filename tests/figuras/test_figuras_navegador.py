"""Las figuras en Chromium: ratón, tacto, teclado, temas, lectores y anchos."""

from __future__ import annotations

import re

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from manos import MOVIL, arrastrar, centro, cuadro, estado, medidas, numero, toques
from playwright.sync_api import Page, expect
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    precision_score,
    recall_score,
)

from gradiente import figuras
from gradiente.figuras import ClasificadorLogistico, DescensoLogistico, _logistica


@pytest.fixture
def clasificador(nubes):
    return ClasificadorLogistico(
        *nubes, nombres=("radio (mm)", "textura"), clases=("benigno", "maligno")
    )


@pytest.fixture
def descenso(nubes):
    return DescensoLogistico(*nubes)


def matriz(pagina: Page) -> list[int]:
    return [int(t) for t in pagina.locator(".gr-matriz td strong").all_inner_texts()]


def comprobar_medidas(pagina: Page, figura: ClasificadorLogistico) -> None:
    """Lo que se lee es lo que dice scikit-learn de los parámetros guardados."""
    w, b, umbral = estado(pagina, "w", "b", "umbral")
    X, y = np.array(figura.x), np.array(figura.y)
    p = _logistica.sigmoide(X @ w + b)
    predicha = (p >= umbral).astype(int)
    assert matriz(pagina) == confusion_matrix(y, predicha).ravel().tolist()
    leidas = medidas(pagina)
    assert numero(leidas["Exactitud"]) == round(accuracy_score(y, predicha), 3)
    assert numero(leidas["Precisión"]) == round(precision_score(y, predicha), 3)
    assert numero(leidas["Exhaustividad"]) == round(recall_score(y, predicha), 3)
    coste = _logistica.coste(X, y, np.array(w), b, figura.l2)
    assert numero(leidas["Coste J"]) == pytest.approx(coste, abs=2e-3)


# ------------------------------------------------------------ lo común a las dos


@pytest.mark.parametrize("tema", ["light", "dark"])
@pytest.mark.parametrize("movil", [False, True])
def test_dos_veces_en_la_pagina_accesibles_y_sin_desborde(
    abrir, clasificador, descenso, tema, movil
):
    opciones = MOVIL if movil else {}
    pagina = abrir(
        clasificador, descenso, clasificador, descenso, tema=tema, **opciones
    )
    expect(pagina.locator(".gr-fig")).to_have_count(4)
    cuadro(pagina)
    assert pagina.evaluate("document.documentElement.scrollWidth <= innerWidth")
    resultado = Axe().run(pagina)
    assert resultado.response["violations"] == []
    # Montada una, la otra no se entera de lo que hace el lector.
    pagina.get_by_role("slider", name="Umbral").first.fill("0.9")
    cuadro(pagina)
    assert estado(pagina, "umbral", i=0) == [0.9]
    assert estado(pagina, "umbral", i=2) == [0.5]
    pagina.evaluate("desmontar.forEach((f) => f())")
    expect(pagina.locator(".gr-fig")).to_have_count(0)


def test_zonas_de_toque_y_desplazamiento(abrir, clasificador, descenso):
    pagina = abrir(clasificador, descenso, **MOVIL)
    cuadro(pagina)
    zonas = pagina.locator(".gr-tirador, .gr-boton, .gr-fig input")
    assert zonas.count() == 3 + 2 + 2 + 1 + 3 + 1
    for zona in zonas.all():
        caja = zona.bounding_box()
        assert round(min(caja["width"], caja["height"]), 2) >= 44
    toque = "(e) => getComputedStyle(e).touchAction"
    for con_flechas in pagina.locator(".gr-tirador, .gr-fig input").all():
        # Sin esto, JupyterLab se queda las flechas: mira el propio elemento enfocado.
        expect(con_flechas).to_have_attribute("data-lm-suppress-shortcuts", "true")
    for tirador in pagina.locator(".gr-tirador").all():
        assert tirador.evaluate(toque) == "none"
    for marco in pagina.locator(".gr-marco").all():
        assert marco.evaluate(toque) == "auto"
    for entrada in pagina.locator(".gr-fig input").all():
        assert entrada.evaluate(toque) == "pan-y"


def test_el_dedo_mueve_los_tiradores_y_no_la_pagina(abrir, clasificador):
    pagina = abrir(clasificador, **MOVIL)
    cuadro(pagina)
    x, y = centro(pagina, "Centro de la frontera")
    antes, alto = estado(pagina, "b"), pagina.evaluate("scrollY")
    toques(pagina, *[(x + k, y - 10 * k) for k in range(9)])
    assert estado(pagina, "b") != antes
    assert pagina.evaluate("scrollY") == alto
    comprobar_medidas(pagina, clasificador)


def test_el_dedo_sobre_el_dibujo_desplaza_la_pagina(abrir, clasificador):
    pagina = abrir(clasificador, **MOVIL)
    cuadro(pagina)
    antes = estado(pagina, "w", "b")
    caja = pagina.locator(".gr-marco").first.bounding_box()
    x, y = caja["x"] + caja["width"] - 30, caja["y"] + caja["height"] - 80
    alto = pagina.evaluate("scrollY")
    toques(pagina, *[(x, y - 15 * k) for k in range(14)])
    pagina.wait_for_function("([alto]) => scrollY > alto + 50", arg=[alto])
    assert estado(pagina, "w", "b") == antes


def test_deslizadores_con_rotulo_y_valor_en_palabras(abrir, clasificador, descenso):
    pagina = abrir(clasificador, descenso)
    cuadro(pagina)
    for nombre, valor in (("Umbral", "0,50"), ("Tasa η", "0,50")):
        mando = pagina.get_by_role("slider", name=nombre, exact=True)
        assert mando.evaluate("(e) => e.tagName") == "INPUT"
        expect(mando).to_have_attribute("aria-valuetext", valor)
    centro_ = pagina.get_by_role("slider", name="Centro de la frontera")
    texto = centro_.get_attribute("aria-valuetext")
    assert re.fullmatch(r"radio \(mm\): −?[\d,]+; textura: −?[\d,]+", texto)


def test_la_region_viva_calla_al_montar_y_resume_una_vez(abrir, clasificador):
    pagina = abrir(clasificador)
    region = pagina.locator("[aria-live=polite]")
    pagina.evaluate(
        """() => {
          window.avisos = [];
          new MutationObserver(() => avisos.push(
            document.querySelector("[aria-live]").textContent))
            .observe(document.querySelector("[aria-live]"),
              { childList: true, characterData: true, subtree: true });
        }"""
    )
    pagina.evaluate("document.documentElement.dataset.theme = 'dark'")
    pagina.wait_for_timeout(900)
    expect(region).to_have_text("")
    pagina.get_by_role("slider", name="Umbral").focus()
    for _ in range(12):
        pagina.keyboard.press("ArrowRight")
    expect(region).to_contain_text("Exactitud")
    expect(region).to_contain_text("Falsos positivos")
    assert len(pagina.evaluate("avisos")) == 1


@pytest.mark.parametrize("cual", ["clasificador", "descenso"])
def test_un_dibujo_por_cuadro(abrir, request, cual):
    pagina = abrir(request.getfixturevalue(cual))
    cuadro(pagina)
    borrados = pagina.evaluate(
        """() => new Promise((listo) => {
          const original = CanvasRenderingContext2D.prototype.clearRect;
          let borrados = 0;
          CanvasRenderingContext2D.prototype.clearRect = function (...a) {
            borrados += 1;
            return original.apply(this, a);
          };
          const mando = document.querySelector(".gr-fig input");
          requestAnimationFrame(() => {
            for (let k = 0; k < 30; k++) {
              mando.value = Number(mando.min) + (k / 40) * (mando.max - mando.min);
              mando.dispatchEvent(new Event("input"));
            }
            requestAnimationFrame(() => requestAnimationFrame(() => listo(borrados)));
          });
        })"""
    )
    assert borrados == pagina.locator(".gr-fig canvas").count()


@pytest.mark.parametrize("cual", ["clasificador", "descenso"])
def test_el_modo_oscuro_repinta_sin_recargar(abrir, request, cual):
    pagina = abrir(request.getfixturevalue(cual))
    cuadro(pagina)
    foto = "() => document.querySelector('.gr-fig canvas').toDataURL()"
    claro = pagina.evaluate(foto)
    pagina.evaluate("document.documentElement.dataset.theme = 'dark'")
    cuadro(pagina)
    assert pagina.evaluate(foto) != claro
    fondo = "(e) => getComputedStyle(e).backgroundColor"
    assert pagina.locator(".gr-fig").evaluate(fondo) == "rgb(20, 24, 29)"
    pagina.evaluate("document.documentElement.dataset.theme = 'light'")
    cuadro(pagina)
    assert pagina.evaluate(foto) == claro


@pytest.mark.parametrize("nombre", ["clasificador_logistico", "descenso_logistico"])
def test_el_modulo_es_es_el_mismo_codigo(navegador, nombre):
    pagina = navegador.new_page()
    pagina.set_content("<!doctype html><title>Módulo</title>")
    pagina.add_script_tag(content=figuras.script_clasico(nombre))
    iguales = pagina.evaluate(
        """async ([codigo, nombre]) => {
          const trozo = new Blob([codigo], { type: "text/javascript" });
          const modulo = await import(URL.createObjectURL(trozo));
          const clasico = GradienteFiguras[nombre];
          const claves = (objeto) => Object.keys(objeto).join();
          return String(modulo.default.render) === String(clasico.render)
            && claves(modulo.calculos) === claves(clasico.calculos)
            && claves(modulo.default) === "render";
        }""",
        [figuras.modulo_es(nombre), nombre],
    )
    pagina.close()
    assert iguales


@pytest.mark.parametrize("cual", ["clasificador", "descenso"])
def test_todo_se_alcanza_con_el_teclado(abrir, request, cual):
    pagina = abrir(request.getfixturevalue(cual))
    cuadro(pagina)
    esperados = pagina.locator(".gr-tirador, .gr-boton, .gr-fig input").count()
    alcanzados = set()
    for _ in range(esperados + 3):
        pagina.keyboard.press("Tab")
        nombre = pagina.evaluate(
            """() => {
              const e = document.activeElement;
              if (!e.closest(".gr-fig")) return null;
              const visible = getComputedStyle(e).outlineStyle !== "none";
              if (!visible) throw Error("foco invisible");
              return e.getAttribute("aria-label")
                ?? e.labels?.[0]?.textContent ?? e.textContent;
            }"""
        )
        alcanzados.add(nombre)
    assert len(alcanzados - {None}) == esperados


# -------------------------------------------------------------- clasificador


def test_las_medidas_son_las_de_scikit_learn(abrir, clasificador):
    pagina = abrir(clasificador)
    cuadro(pagina)
    comprobar_medidas(pagina, clasificador)
    for umbral in ("0.2", "0.83"):
        pagina.get_by_role("slider", name="Umbral").fill(umbral)
        cuadro(pagina)
        comprobar_medidas(pagina, clasificador)


def test_arrastrar_un_extremo_gira_sobre_el_otro(abrir, clasificador):
    pagina = abrir(clasificador)
    cuadro(pagina)
    pivote = centro(pagina, "Segundo extremo")
    w0, b0 = estado(pagina, "w", "b")
    arrastrar(pagina, "Primer extremo", 70, 90)
    w1, b1 = estado(pagina, "w", "b")
    assert w1 != w0 and b1 != b0
    assert centro(pagina, "Segundo extremo") == pytest.approx(pivote, abs=0.5)
    comprobar_medidas(pagina, clasificador)
    assert pagina.evaluate("modelos[0].guardados") == 1  # al soltar, no a cada cuadro


def test_arrastrar_el_centro_no_gira(abrir, clasificador):
    pagina = abrir(clasificador)
    cuadro(pagina)
    w0, b0 = estado(pagina, "w", "b")
    arrastrar(pagina, "Centro", 40, -10)
    w1, b1 = estado(pagina, "w", "b")
    assert w1 == pytest.approx(w0, rel=1e-3) and b1 != b0
    comprobar_medidas(pagina, clasificador)


def test_la_clase_positiva_puede_quedar_al_otro_lado(abrir, clasificador):
    """Media vuelta a un extremo cambia el signo de w y hunde la exactitud."""
    pagina = abrir(clasificador)
    cuadro(pagina)
    assert numero(medidas(pagina)["Exactitud"]) > 0.8
    arrastrar(pagina, "Centro", -10, 0)
    ax, ay = centro(pagina, "Primer extremo")
    bx, by = centro(pagina, "Segundo extremo")
    # Rodea al otro extremo por la derecha, sin pasar sobre él.
    pagina.mouse.move(ax, ay)
    pagina.mouse.down()
    pagina.mouse.move(bx + 60, by - 60, steps=8)
    pagina.mouse.move(bx + 60, by + 40, steps=8)
    pagina.mouse.up()
    cuadro(pagina)
    comprobar_medidas(pagina, clasificador)
    assert numero(medidas(pagina)["Exactitud"]) < 0.5


@pytest.mark.parametrize(
    "tirador", ["Primer extremo", "Segundo extremo", "Centro de la frontera"]
)
def test_las_flechas_mueven_los_tiradores(abrir, clasificador, tirador):
    pagina = abrir(clasificador)
    cuadro(pagina)
    nodo = pagina.get_by_role("slider", name=tirador)
    nodo.focus()
    x, y = centro(pagina, tirador)
    pagina.keyboard.press("ArrowUp")
    pagina.keyboard.press("Shift+ArrowRight")
    cuadro(pagina)
    # La página no se desplaza y el tirador avanza 4 y 20 píxeles.
    assert centro(pagina, tirador) == pytest.approx((x + 20, y - 4), abs=1)
    comprobar_medidas(pagina, clasificador)


def test_dos_flechas_en_un_mismo_cuadro_se_suman(abrir, clasificador):
    pagina = abrir(clasificador)
    cuadro(pagina)
    x, y = centro(pagina, "Primer extremo")
    pagina.get_by_role("slider", name="Primer extremo").evaluate(
        """(nodo) => { for (const key of ["ArrowUp", "ArrowRight", "ArrowRight"])
          nodo.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true })); }"""
    )
    cuadro(pagina)
    assert centro(pagina, "Primer extremo") == pytest.approx((x + 8, y - 4), abs=1)
    comprobar_medidas(pagina, clasificador)


def test_la_pendiente_no_mueve_la_recta(abrir, clasificador):
    pagina = abrir(clasificador)
    cuadro(pagina)
    w0, b0 = estado(pagina, "w", "b")
    antes = matriz(pagina)
    pagina.get_by_role("slider", name="Pendiente").fill("2")
    cuadro(pagina)
    w1, b1 = estado(pagina, "w", "b")
    razon = w1[0] / w0[0]
    assert razon > 2
    assert [w1[1], b1] == pytest.approx([w0[1] * razon, b0 * razon], rel=2e-3)
    assert matriz(pagina) == antes  # el umbral es 0,5
    comprobar_medidas(pagina, clasificador)


@pytest.mark.parametrize("movimiento", ["no-preference", "reduce"])
def test_ajustar_llega_al_optimo_y_restablecer_vuelve(abrir, nubes, movimiento):
    X, y = nubes
    figura = ClasificadorLogistico(X, y, l2=0.01)
    pagina = abrir(figura, reduced_motion=movimiento)
    cuadro(pagina)
    inicial = estado(pagina, "w", "b", "umbral")
    pagina.get_by_role("button", name="Ajustar").click()
    if movimiento == "reduce":  # sin animación: ya está
        assert estado(pagina, "w") != [inicial[0]]
    modelo = LogisticRegression(C=1 / (len(y) * 0.01), tol=1e-10, max_iter=10_000)
    modelo.fit(np.array(figura.x), y)
    expect(pagina.locator(".gr-aviso")).to_contain_text("mínimo del coste")
    w, b = estado(pagina, "w", "b")
    assert w == pytest.approx(modelo.coef_[0], rel=1e-3)
    assert b == pytest.approx(modelo.intercept_[0], rel=1e-3, abs=1e-4)
    comprobar_medidas(pagina, figura)
    pagina.get_by_role("button", name="Restablecer").click()
    pagina.wait_for_function(
        "([w]) => JSON.stringify(modelos[0].get('w')) === JSON.stringify(w)",
        arg=[inicial[0]],
    )
    assert estado(pagina, "w", "b", "umbral") == inicial


def test_ajustar_datos_separables_lo_explica(abrir):
    X = [[-2, -1], [-1, -2], [1, 2], [2, 1]]
    pagina = abrir(ClasificadorLogistico(X, [0, 0, 1, 1]), reduced_motion="reduce")
    pagina.get_by_role("button", name="Ajustar").click()
    expect(pagina.locator(".gr-aviso")).to_contain_text("no hay óptimo")
    w, b = estado(pagina, "w", "b")
    assert np.isfinite([*w, b]).all()


def test_precision_indefinida(abrir, nubes):
    figura = ClasificadorLogistico(*nubes, w=[0.1, 0.1], b=-3, umbral=0.9)
    pagina = abrir(figura)
    cuadro(pagina)
    assert medidas(pagina)["Precisión"] == "—"
    expect(pagina.locator(".gr-aviso")).to_contain_text("no está definida (0/0)")
    assert numero(medidas(pagina)["Exhaustividad"]) == 0
    expect(pagina.locator(".gr-punto")).to_be_hidden()


def test_frontera_fuera_del_dibujo_se_puede_rescatar(abrir, nubes):
    pagina = abrir(ClasificadorLogistico(*nubes, w=[1, 1], b=50))
    cuadro(pagina)
    expect(pagina.get_by_text("queda fuera del dibujo")).to_be_visible()
    expect(pagina.get_by_role("slider", name="Primer extremo")).to_be_hidden()
    arrastrar(pagina, "Centro", 120, -120)
    expect(pagina.get_by_role("slider", name="Primer extremo")).to_be_visible()
    expect(pagina.get_by_text("queda fuera del dibujo")).to_be_hidden()


def test_lo_que_cambia_python_se_ve(abrir, clasificador):
    pagina = abrir(clasificador)
    cuadro(pagina)
    pagina.evaluate("modelos[0].set('umbral', 0.9); modelos[0].set('w', [0.5, -2])")
    cuadro(pagina)
    expect(pagina.get_by_role("slider", name="Umbral")).to_have_value("0.9")
    comprobar_medidas(pagina, clasificador)


def test_unidades_muy_dispares(abrir, nubes):
    X, y = nubes
    figura = ClasificadorLogistico(X * [1e-3, 5e4] + [0.01, -2e5], y)
    pagina = abrir(figura, reduced_motion="reduce")
    cuadro(pagina)
    arrastrar(pagina, "Segundo extremo", -30, -60)
    comprobar_medidas(pagina, figura)
    pagina.get_by_role("button", name="Ajustar").click()
    cuadro(pagina)
    assert numero(medidas(pagina)["Exactitud"]) > 0.8


# ------------------------------------------------------------------ descenso


def test_cada_paso_es_el_de_python(abrir, descenso):
    pagina = abrir(descenso)
    X, y = np.array(descenso.x), np.array(descenso.y)
    for t, w in enumerate(descenso.trayectoria()[:6]):
        cuadro(pagina)
        leidas = medidas(pagina)
        assert leidas["Paso"] == str(t)
        coste = _logistica.coste(X, y, w, descenso.b)
        assert numero(leidas["Coste"]) == pytest.approx(coste, abs=5.1e-5)
        gradiente = _logistica.gradiente_w(X, y, w, descenso.b)
        assert numero(leidas["‖∇J‖"]) == pytest.approx(
            np.linalg.norm(gradiente), abs=5.1e-5
        )
        w1, w2 = re.findall(r"−?\d+,\d+", leidas["(w₁; w₂)"])
        assert [numero(w1), numero(w2)] == pytest.approx(w, abs=5.1e-3)
        pagina.get_by_role("button", name="Paso", exact=True).click()


def test_reproducir_y_pausa(abrir, descenso):
    pagina = abrir(descenso)
    pagina.get_by_role("button", name="Reproducir").click()
    pagina.wait_for_function(
        "Number(document.querySelector('.gr-medidas dd').textContent) >= 4"
    )
    pagina.get_by_role("button", name="Pausa").click()
    cuadro(pagina)
    quieto = medidas(pagina)["Paso"]
    pagina.wait_for_timeout(400)
    assert medidas(pagina)["Paso"] == quieto
    pagina.get_by_role("button", name="Reiniciar").click()
    cuadro(pagina)
    assert medidas(pagina)["Paso"] == "0"


def test_sin_movimiento_se_avanza_a_pasos(abrir, descenso):
    pagina = abrir(descenso, reduced_motion="reduce")
    cuadro(pagina)
    expect(pagina.get_by_role("button", name="Reproducir")).to_have_count(0)
    pagina.get_by_role("button", name="10 pasos").click()
    cuadro(pagina)
    assert medidas(pagina)["Paso"] == "10"
    pagina.wait_for_timeout(300)
    assert medidas(pagina)["Paso"] == "10"


def hasta_el_final(pagina: Page) -> None:
    boton = pagina.get_by_role("button", name="10 pasos")
    for _ in range(100):
        if boton.get_attribute("aria-disabled") == "true":
            return
        boton.click()
        cuadro(pagina)
    pytest.fail("no acaba")


def test_una_tasa_excesiva_oscila_y_se_dice(abrir, nubes):
    pagina = abrir(DescensoLogistico(*nubes, tasa=30), reduced_motion="reduce")
    for _ in range(3):
        pagina.get_by_role("button", name="10 pasos").click()
    expect(pagina.locator(".gr-aviso")).to_contain_text("la tasa es excesiva")


def test_con_regularizacion_diverge_sin_romperse(abrir, nubes):
    figura = DescensoLogistico(*nubes, tasa=100, l2=10, pasos=1000)
    pagina = abrir(figura, reduced_motion="reduce")
    hasta_el_final(pagina)
    expect(pagina.locator(".gr-aviso")).to_contain_text("Diverge")
    expect(pagina.get_by_text("w ha salido del plano")).to_be_visible()
    boton = pagina.get_by_role("button", name="Paso", exact=True)
    expect(boton).to_have_attribute("aria-disabled", "true")


def test_una_buena_tasa_converge(abrir, nubes):
    pagina = abrir(DescensoLogistico(*nubes, tasa=3), reduced_motion="reduce")
    hasta_el_final(pagina)
    expect(pagina.locator(".gr-aviso")).to_contain_text("Converge en")


@pytest.mark.parametrize("como", ["ratón", "teclado", "dedo"])
def test_mover_el_inicio_reinicia(abrir, descenso, como):
    pagina = abrir(descenso, **(MOVIL if como == "dedo" else {}))
    pagina.get_by_role("button", name="Paso", exact=True).click()
    cuadro(pagina)
    assert medidas(pagina)["Paso"] == "1"
    antes = estado(pagina, "inicio")
    if como == "ratón":
        arrastrar(pagina, "Punto de partida", 60, 40)
    elif como == "teclado":
        pagina.get_by_role("slider", name="Punto de partida").focus()
        pagina.keyboard.press("ArrowDown")
    else:
        x, y = centro(pagina, "Punto de partida")
        toques(pagina, *[(x + 8 * k, y + 5 * k) for k in range(6)])
    cuadro(pagina)
    [inicio] = estado(pagina, "inicio")
    assert [inicio] != antes
    assert medidas(pagina)["Paso"] == "0"
    w1, w2 = re.findall(r"−?\d+,\d+", medidas(pagina)["(w₁; w₂)"])
    assert [numero(w1), numero(w2)] == pytest.approx(inicio, abs=6e-3)


def test_el_inicio_no_sale_del_plano(abrir, descenso):
    pagina = abrir(descenso)
    cuadro(pagina)
    arrastrar(pagina, "Punto de partida", -900, -900)
    [inicio] = estado(pagina, "inicio")
    assert np.abs(inicio).max() <= descenso.limites
    descenso.inicio = inicio  # Python lo admite


def test_la_tasa_es_logaritmica_y_recuerda_la_anterior(abrir, descenso):
    pagina = abrir(descenso)
    for _ in range(3):
        pagina.get_by_role("button", name="Paso", exact=True).click()
    mando = pagina.get_by_role("slider", name="Tasa")
    mando.focus()
    pagina.keyboard.press("PageUp")
    cuadro(pagina)
    assert estado(pagina, "tasa") == [pytest.approx(0.5 * 10**0.25, rel=0.02)]
    assert medidas(pagina)["Paso"] == "0"
    expect(pagina.get_by_text("en gris, la anterior: η = 0,50")).to_be_visible()
    mando.fill("1")
    cuadro(pagina)
    assert estado(pagina, "tasa") == [10]
    expect(mando).to_have_attribute("aria-valuetext", "10")
