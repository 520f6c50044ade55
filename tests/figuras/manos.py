"""Manejar una figura como lo haría un lector: ratón, dedo, teclado y ojos."""

from __future__ import annotations

from playwright.sync_api import Page

MOVIL = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 2,
}


def estado(pagina: Page, *claves: str, i: int = 0) -> list:
    return pagina.evaluate(
        "([i, claves]) => claves.map((k) => modelos[i].get(k))", [i, list(claves)]
    )


def numero(texto: str) -> float:
    return float(texto.replace("−", "-").replace(",", "."))


def medidas(pagina: Page) -> dict[str, str]:
    filas = pagina.locator(".gr-medidas dl > div")
    return {
        f.locator("dt").inner_text(): f.locator("dd").first.inner_text()
        for f in filas.all()
    }


def cuadro(pagina: Page) -> None:
    """Espera a que se haya dibujado lo pedido."""
    pagina.evaluate(
        "() => new Promise((listo) =>"
        "  requestAnimationFrame(() => requestAnimationFrame(listo)))"
    )


def centro(pagina: Page, rotulo: str) -> tuple[float, float]:
    pagina.get_by_role("slider", name=rotulo).scroll_into_view_if_needed()
    caja = pagina.get_by_role("slider", name=rotulo).bounding_box()
    return caja["x"] + caja["width"] / 2, caja["y"] + caja["height"] / 2


def arrastrar(pagina: Page, rotulo: str, dx: float, dy: float) -> None:
    x, y = centro(pagina, rotulo)
    pagina.mouse.move(x, y)
    pagina.mouse.down()
    pagina.mouse.move(x + dx, y + dy, steps=5)
    pagina.mouse.up()
    cuadro(pagina)


def toques(pagina: Page, *puntos: tuple[float, float]) -> None:
    """Un dedo que baja en el primer punto, pasa por los demás y se levanta."""
    cdp = pagina.context.new_cdp_session(pagina)
    for i, (x, y) in enumerate(puntos):
        cdp.send(
            "Input.dispatchTouchEvent",
            {
                "type": "touchMove" if i else "touchStart",
                "touchPoints": [{"x": x, "y": y}],
            },
        )
    cdp.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    cuadro(pagina)
