"""El grafo de cómputo: cuentas, validación y manejo."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from manos import MOVIL, cuadro, estado
from playwright.sync_api import Page, expect

from gradiente.figuras import ErrorFigura, GrafoComputo, grafo_computo
from gradiente.figuras.grafo_computo import EXPRESIONES, GRAFOS

# La misma expresión, escrita con PyTorch: la referencia independiente.
REFERENCIA = {
    "producto": lambda x, y: x * y + torch.sin(x),
    "reutilizado": lambda x: x**2 * x,
    "cadena": lambda x: torch.exp(torch.sin(x**2)),
    "neurona": lambda w, x, b: torch.nn.functional.softplus(-(w * x + b)),
}
PASOS = {"producto": 7, "reutilizado": 5, "cadena": 7, "neurona": 9}


@pytest.fixture(scope="module")
def js(calculos):
    return calculos("grafo_computo")


def al_azar(expresion: str, semilla: int) -> GrafoComputo:
    azar = np.random.default_rng(semilla)
    valores = azar.uniform(-2.5, 2.5, 4).round(2)
    return GrafoComputo(expresion, entradas=dict(zip("xywb", valores, strict=True)))


def con_torch(figura: GrafoComputo) -> tuple[float, dict[str, float]]:
    """Valor y derivadas parciales según ``torch.autograd``."""
    nombres = list(figura.gradiente())
    tensores = [
        torch.tensor(figura.entradas[n], dtype=torch.float64, requires_grad=True)
        for n in nombres
    ]
    salida = REFERENCIA[figura.expresion](*tensores)
    parciales = torch.autograd.grad(salida, tensores)
    return salida.item(), dict(zip(nombres, map(float, parciales), strict=True))


@pytest.mark.parametrize("semilla", range(15))
@pytest.mark.parametrize("expresion", EXPRESIONES)
def test_valor_y_gradiente_son_los_de_torch(js, expresion, semilla):
    figura = al_azar(expresion, semilla)
    valor, parciales = con_torch(figura)
    directa = [p for p in figura.traza() if p["fase"] == "directa"]
    assert directa[-1]["valor"] == pytest.approx(valor, rel=1e-12)
    assert figura.gradiente() == pytest.approx(parciales, rel=1e-11, abs=1e-14)
    for nombre, parcial in parciales.items():
        centrada = js(
            "diferenciaCentrada", figura.nodos, expresion, figura.entradas, nombre
        )
        assert centrada == pytest.approx(parcial, rel=1e-5, abs=1e-8)


@pytest.mark.parametrize("semilla", range(15))
@pytest.mark.parametrize("expresion", EXPRESIONES)
def test_cada_paso_es_el_de_python(js, expresion, semilla):
    figura = al_azar(expresion, semilla)
    obtenida = js("trazaGrafo", figura.nodos, expresion, figura.entradas)
    esperada = figura.traza()
    assert len(obtenida) == len(esperada) == figura.total == PASOS[expresion]
    for a, b in zip(obtenida, esperada, strict=True):
        assert (a["fase"], a["nodo"]) == (b["fase"], b["nodo"])
        assert a["valor"] == pytest.approx(b["valor"], rel=1e-12)
        for c, d in zip(a["contribuciones"], b["contribuciones"], strict=True):
            assert (c["hacia"], c["simbolo"]) == (d["hacia"], d["simbolo"])
            for clave in ("local", "suma", "total"):
                assert c[clave] == pytest.approx(d[clave], rel=1e-11, abs=1e-14)


def test_las_cifras_se_escriben_igual(js):
    azar = np.random.default_rng(5)
    for v in [0.0, 1.0, -1.0, *azar.normal(size=60) * 10.0 ** azar.integers(-4, 4, 60)]:
        assert js("cifras", v) == grafo_computo.cifras(v)


def test_el_nodo_usado_dos_veces_suma_sus_contribuciones():
    figura = GrafoComputo("reutilizado", entradas={"x": 2})
    llegan = [
        (p["nodo"], c["suma"], c["total"])
        for p in figura.traza()
        for c in p["contribuciones"]
        if c["hacia"] == "x"
    ]
    assert llegan == [("f", 4.0, 4.0), ("c", 8.0, 12.0)]  # x² directo y x·2x por c


@pytest.mark.parametrize("nodos", GRAFOS.values(), ids=GRAFOS)
def test_los_grafos_estan_bien_hechos(nodos):
    vistos = {}
    for nodo in nodos:
        assert all(vistos[a] < nodo.nivel for a in nodo.argumentos)
        vistos[nodo.nombre] = nodo.nivel
        assert 0.175 <= nodo.u <= 0.825  # la caja, de 0,35, no se sale
    usados = {a for n in nodos for a in n.argumentos}
    assert set(vistos) - usados == {nodos[-1].nombre}
    for a in nodos:
        for b in nodos:
            if a != b and a.nivel == b.nivel:
                assert abs(a.u - b.u) >= 0.36


@pytest.mark.parametrize(
    ("opciones", "dice"),
    [
        ({"expresion": "tangente"}, "No hay ninguna expresión 'tangente'.*cadena"),
        ({"expresion": None}, "No hay ninguna expresión None"),
        ({"paso": -1}, "paso debe ser entre 0 y 7"),
        ({"paso": 8}, "paso debe ser entre 0 y 7"),
        ({"paso": 2.5}, "paso debe ser un entero"),
        ({"paso": "dos"}, "paso debe ser un número"),
        ({"entradas": {"x": 3}}, "La entrada x debe ser entre -2.5 y 2.5"),
        ({"entradas": {"x": float("nan")}}, "La entrada x"),
        ({"entradas": {"z": 1}}, "claves entre x, y, w, b"),
        ({"entradas": [1, 2]}, "entradas debe ser un diccionario"),
    ],
)
def test_parametros_malos(opciones, dice):
    with pytest.raises(ErrorFigura, match=dice):
        GrafoComputo(**opciones)


def test_cambiar_de_grafo_no_deja_un_paso_imposible():
    figura = GrafoComputo("neurona", paso=9)
    figura.expresion = "reutilizado"
    assert figura.paso == 0
    figura.paso = 5
    figura.expresion = "neurona"
    assert figura.paso == 5
    figura.entradas = {"x": np.float32(0.5)}
    assert figura.entradas == {"x": 0.5, "y": 2.0, "w": 0.8, "b": -0.5}


def test_la_descripcion_y_el_poster_siguen_al_estado():
    figura = GrafoComputo("producto", entradas={"x": 0.5, "y": -2})
    texto = figura.descripcion()
    assert "a = x·y = −1,000" not in texto and "a = x·y = −1,00" in texto
    _, parciales = con_torch(figura)
    assert f"∂f/∂x = {grafo_computo.cifras(parciales['x'])}" in texto
    assert "∂f/∂y = 0,500." in texto
    entero = figura.poster()
    figura.paso = 7
    assert figura.poster() == entero  # sin paso se dibuja el recorrido entero
    figura.paso = 2
    assert figura.poster() != entero


# ------------------------------------------------------------------ navegador


def pulsar(pagina: Page, nombre: str, veces: int = 1) -> None:
    for _ in range(veces):  # force: también los que están en aria-disabled
        pagina.get_by_role("button", name=nombre, exact=True).click(force=True)
    cuadro(pagina)


def lineas(pagina: Page) -> list[str]:
    """Las líneas dadas de la traza, con sus números."""
    textos = pagina.locator(".gr-traza .gr-dado div, .gr-traza .gr-actual div")
    return [t.strip() for t in textos.all_inner_texts()]


@pytest.mark.parametrize("expresion", EXPRESIONES)
def test_se_recorre_entero_y_acaba_en_el_gradiente(abrir, expresion):
    figura = GrafoComputo(expresion)
    pagina = abrir(figura)
    cuadro(pagina)
    assert lineas(pagina) == []
    adelante = pagina.get_by_role("button", name="Adelante")
    for k in range(1, figura.total + 1):
        pulsar(pagina, "Adelante")
        assert estado(pagina, "paso") == [k]
        fase = figura.traza()[k - 1]["fase"]
        ida = "pasada directa" if fase == "directa" else "pasada inversa"
        expect(pagina.locator(".gr-fase")).to_have_text(
            f"Paso {k} de {figura.total}, {ida}"
        )
    expect(adelante).to_have_attribute("aria-disabled", "true")
    pulsar(pagina, "Adelante")
    assert estado(pagina, "paso") == [figura.total]
    salida = GRAFOS[expresion][-1].nombre
    for nombre, parcial in con_torch(figura)[1].items():
        cifra = grafo_computo.cifras(parcial)
        leido = pagina.locator("svg text.gr-t1", has_text=f"∂{salida}/∂{nombre}:")
        expect(leido).to_have_text(f"∂{salida}/∂{nombre}: {cifra}")
        expect(pagina.locator(".gr-comprobacion")).to_contain_text(
            f"∂{salida}/∂{nombre} ≈ {cifra}"
        )


def test_cada_linea_dice_la_cuenta(abrir):
    figura = GrafoComputo("producto", entradas={"x": 0.5, "y": -2})
    pagina = abrir(figura)
    pulsar(pagina, "Adelante", 7)
    assert lineas(pagina) == [
        "a = x·y = 0,500·(−2,00) = −1,00",
        "s = sen x = sen 0,500 = 0,479",
        "f = a + s = (−1,00) + 0,479 = −0,521",
        "∂f/∂f = 1, para empezar",
        "∂f/∂a += ∂f/∂f · 1 = 1,00",
        "∂f/∂s += ∂f/∂f · 1 = 1,00",
        "∂f/∂x += ∂f/∂s · cos x = 1,00·0,878 = 0,878",
        "∂f/∂x += ∂f/∂a · y = 1,00·(−2,00) = −2,00; en total, −1,12",
        "∂f/∂y += ∂f/∂a · x = 1,00·0,500 = 0,500",
    ]
    pulsar(pagina, "Atrás", 2)
    assert lineas(pagina)[-1] == "∂f/∂s += ∂f/∂f · 1 = 1,00"
    assert estado(pagina, "paso") == [5]


def test_la_derivada_a_medias_se_distingue(abrir):
    pagina = abrir(GrafoComputo("reutilizado", paso=4))
    cuadro(pagina)
    en_x = pagina.locator("svg text", has_text="∂f/∂x:")
    expect(en_x).to_have_text("∂f/∂x: 2,25 + …")  # falta lo que llega por c
    aristas = pagina.locator(".gr-vuelta.gr-ahora")
    assert aristas.count() == 4  # dos aristas, cada una con su punta
    pulsar(pagina, "Adelante")
    expect(en_x).to_have_text("∂f/∂x: 6,75")


def test_reiniciar_y_atras_en_el_principio(abrir):
    pagina = abrir(GrafoComputo("cadena", paso=3))
    cuadro(pagina)
    pulsar(pagina, "Reiniciar")
    assert estado(pagina, "paso") == [0]
    for nombre in ("Atrás", "Reiniciar"):
        boton = pagina.get_by_role("button", name=nombre)
        expect(boton).to_have_attribute("aria-disabled", "true")
    pulsar(pagina, "Atrás")
    assert estado(pagina, "paso") == [0]
    expect(pagina.locator(".gr-fase")).to_contain_text("solo se conocen las entradas")


@pytest.mark.parametrize("como", ["teclado", "ratón", "dedo"])
def test_las_entradas_recalculan_sin_perder_el_paso(abrir, como):
    pagina = abrir(GrafoComputo("cadena", paso=7), **(MOVIL if como == "dedo" else {}))
    cuadro(pagina)
    antes = lineas(pagina)
    mando = pagina.get_by_role("slider", name="x", exact=True)
    if como == "teclado":
        mando.focus()
        pagina.keyboard.press("ArrowLeft")
        assert estado(pagina, "entradas")[0]["x"] == 1.45
    else:
        mando.scroll_into_view_if_needed()
        caja = mando.bounding_box()
        donde = caja["x"] + 0.3 * caja["width"], caja["y"] + caja["height"] / 2
        if como == "ratón":
            pagina.mouse.click(*donde)
        else:
            pagina.touchscreen.tap(*donde)
    cuadro(pagina)
    [entradas] = estado(pagina, "entradas")
    assert entradas["x"] != 1.5
    assert estado(pagina, "paso") == [7]
    assert lineas(pagina) != antes and len(lineas(pagina)) == len(antes)
    _, parciales = con_torch(GrafoComputo("cadena", entradas=entradas))
    expect(pagina.locator("svg text", has_text="∂f/∂x:")).to_have_text(
        f"∂f/∂x: {grafo_computo.cifras(parciales['x'])}"
    )


def test_elegir_otro_grafo_empieza_de_nuevo(abrir):
    pagina = abrir(GrafoComputo("producto", paso=4))
    cuadro(pagina)
    assert pagina.get_by_role("slider").locator("visible=true").count() == 2
    pagina.get_by_label("Expresión").select_option("neurona")
    cuadro(pagina)
    assert estado(pagina, "expresion", "paso") == ["neurona", 0]
    assert pagina.get_by_role("slider").locator("visible=true").count() == 3
    pulsar(pagina, "Adelante", 3)
    assert lineas(pagina)[-1] == "p = σ(z) = σ(0,700) = 0,668"


def test_avanzar_no_mueve_lo_de_debajo(abrir):
    """La traza guarda el sitio de lo que falta: el final de la página no salta."""
    pagina = abrir(GrafoComputo("neurona"), **MOVIL)
    cuadro(pagina)
    alto = "() => document.querySelector('.gr-fig').offsetHeight"
    antes = pagina.evaluate(alto)
    for _ in range(9):
        pulsar(pagina, "Adelante")
        assert pagina.evaluate(alto) == antes


def test_la_region_viva_dice_lo_que_se_acaba_de_calcular(abrir):
    pagina = abrir(GrafoComputo("producto", paso=5))
    region = pagina.locator("[aria-live=polite]")
    pulsar(pagina, "Adelante")
    expect(region).to_have_text(
        "Paso 6 de 7, pasada inversa. ∂f/∂x += ∂f/∂s · cos x = 1,00·0,0707 = 0,0707."
    )
    pulsar(pagina, "Adelante")
    expect(region).to_contain_text("en total, 2,07. ∂f/∂y += ")
    expect(region).to_contain_text("Con diferencias centradas")


def test_nada_se_sale_de_su_caja(abrir):
    """Con los valores extremos, los textos caben en los nodos y estos en el dibujo."""
    for extremo in (-2.5, 2.5):
        for expresion, total in PASOS.items():
            entradas = {"x": 2.5, "y": extremo, "w": extremo, "b": extremo}
            pagina = abrir(
                GrafoComputo(expresion, paso=total, entradas=entradas), **MOVIL
            )
            cuadro(pagina)
            fuera = pagina.evaluate(
                """() => [...document.querySelectorAll(".gr-red svg g")].filter((g) => {
                  const caja = g.querySelector("rect").getBoundingClientRect();
                  const dibujo = g.closest("svg").getBoundingClientRect();
                  return caja.left < dibujo.left || caja.right > dibujo.right
                    || [...g.querySelectorAll("text")].some((t) => {
                      const r = t.getBoundingClientRect();
                      return r.left < caja.left || r.right > caja.right;
                    });
                }).map((g) => g.textContent)"""
            )
            assert fuera == []


def test_lo_que_cambia_python_se_ve(abrir):
    pagina = abrir(GrafoComputo("producto"))
    cuadro(pagina)
    pagina.evaluate("modelos[0].set('paso', 3)")
    cuadro(pagina)
    assert len(lineas(pagina)) == 3
    pagina.evaluate("modelos[0].set('expresion', 'cadena')")
    cuadro(pagina)
    expect(pagina.get_by_label("Expresión")).to_have_value("cadena")
