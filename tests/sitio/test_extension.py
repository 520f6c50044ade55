"""Lo que la extensión del sitio hace al construir: sin navegador."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from docutils import nodes
from libro_de_prueba import RAIZ, SECCION, construir, cuaderno, escribir
from pybtex.database import Person

sys.path.insert(0, str(RAIZ / "book" / "_ext"))

from gradiente_sitio import cifras, citas, cuadernos, estilos, formulas, imagenes

GRUPO = re.compile(r'<div[^>]*class="[^"]*\bmarcos\b[^"]*"')


@pytest.fixture(scope="module")
def html(libro_bueno: Path) -> str:
    ruta = libro_bueno / "_build/html/book/01-parte/seccion.html"
    return ruta.read_text("utf-8")


def test_un_grupo_son_tres_pestanas_sincronizadas(html: str) -> None:
    grupos = GRUPO.split(html)
    assert len(grupos) == 3  # lo anterior, el grupo de tres y el de dos
    assert re.findall(r'data-sync-id="(\w+)"', grupos[1]) == ["pytorch", "keras", "jax"]
    assert set(re.findall(r'data-sync-group="(\w+)"', html)) == {"marco"}
    for marco in ("PyTorch", "Keras", "JAX"):
        assert f"uno en {marco}" in grupos[1], "la salida va dentro de la pestaña"


def test_un_grupo_de_dos_marcos_son_dos_pestanas(html: str) -> None:
    grupo = GRUPO.split(html)[2]
    assert re.findall(r'data-sync-id="(\w+)"', grupo) == ["pytorch", "jax"]


def test_el_acuerdo_es_una_linea_con_la_primera_salida(html: str) -> None:
    acuerdo = re.search(r"<details class=\"acuerdo\">(.*?)</details>", html, re.S)[1]
    resumen = re.search(r"<summary[^>]*>(.*?)</summary>", acuerdo, re.S)[1]
    assert re.sub("<[^>]*>", "", resumen).strip() == "Coinciden (tolerancia 1e-6)"
    assert "comparar" in acuerdo
    assert "y otra línea" in acuerdo


def test_las_soluciones_se_pliegan_sin_javascript(html: str) -> None:
    assert re.search(r"<details class=\"[^\"]*\bsolution\b", html)
    assert "Solución del " in html


def test_las_formulas_llegan_compuestas(html: str) -> None:
    assert html.count('class="katex"') == 4
    assert "<math" in html
    assert not re.findall(r"<script[^>]*mathjax", html, re.I)
    assert re.search(r'class="formula-numero">\(1\)', html)
    assert re.search(r'href="#equation-eq-sigma"[^>]*>.*?\(1\)', html)


@pytest.mark.parametrize(
    ("escrito", "unido"),
    [
        ("60 000 imágenes y 549 946", "60~000 imágenes y 549~946"),
        ("un 4,6 % en 15 s con 16 GB", "un 4,6~% en 15~s con 16~GB"),
        ("1 234 567", "1~234~567"),
        ("los 3 sesgos, 12 34 y 5 1000", "los 3 sesgos, 12 34 y 5 1000"),
        ("en 2012 seis; 8 hilos", "en 2012 seis; 8 hilos"),
        ("una de 65 TFLOPS y 3 FLOP/s", "una de 65~TFLOPS y 3~FLOP/s"),
        ("de 8 × 8 píxeles, a × b", "de 8~×~8 píxeles, a × b"),
        ("Lab 3 · Optimizadores", "Lab 3~· Optimizadores"),
        ("(Derivar un bucle · ★★)", "(Derivar un bucle~·~★★)"),
        ("Cho et al., y al. final", "Cho et~al., y al. final"),
        ("§ 2.1 y § final", "§~2.1 y § final"),
    ],
)
def test_los_numeros_no_se_parten(escrito: str, unido: str) -> None:
    assert cifras.unir(escrito) == unido.replace("~", cifras.DURO)


@pytest.mark.parametrize(
    ("escrito", "partido"),
    [
        ("un t-SNE, el one-hot", ["un ", "[t-SNE]", ", el ", "[one-hot]"]),
        ("CIFAR-10 y GPT-2.", ["[CIFAR-10]", " y ", "[GPT-2]", "."]),
        ("con scikit-learn", ["con scikit-learn"]),
        ("s-i-e-t-e, 2001-2010 y a - b", ["s-i-e-t-e, 2001-2010 y a - b"]),
    ],
)
def test_las_palabras_cortas_con_guion_no_se_parten(
    escrito: str, partido: list[str]
) -> None:
    trozos = cifras.sin_guion_final(escrito)
    assert partido == [
        str(t) if isinstance(t, nodes.Text) else f"[{t.astext()}]" for t in trozos
    ]


def test_el_codigo_conserva_sus_espacios(html: str) -> None:
    assert f"60{cifras.DURO}000 imágenes" in html
    assert "print(60 000)" in html


def test_el_codigo_corto_no_se_parte_salvo_en_las_tablas() -> None:
    def literal(texto: str, *padres: nodes.Element) -> nodes.literal:
        codigo = nodes.literal("", texto)
        dentro: nodes.Element = codigo
        for padre in padres:
            padre += dentro
            dentro = padre
        return codigo

    largo = "x" * cifras.CODIGO_CORTO
    assert cifras.sin_cortes(literal("x[0, 0]", nodes.paragraph()))
    assert cifras.sin_cortes(literal(largo, nodes.paragraph()))
    assert not cifras.sin_cortes(literal(largo + "x", nodes.paragraph()))
    en_tabla = (nodes.paragraph(), nodes.entry(), nodes.row(), nodes.table())
    assert not cifras.sin_cortes(literal("x[0, 0]", *en_tabla))


def test_el_codigo_corto_llega_marcado_a_la_pagina(html: str) -> None:
    (codigo,) = re.findall(r"<code[^>]*>(?=<span[^>]*>print)", html)
    assert "sin-partir" in codigo


def test_cada_pagina_numera_desde_uno(libro_bueno: Path, html: str) -> None:
    otra = (libro_bueno / "_build/html/book/01-parte/otra.html").read_text("utf-8")
    for pagina in (html, otra):
        assert re.findall(r'class="formula-numero">\((\d+)\)', pagina) == ["1"]
        numeros = re.findall(r'class="caption-number">Ejercicio (\d+)', pagina)
        assert numeros == ["1"]


def test_una_formula_corta_no_se_separa_de_sus_signos(html: str) -> None:
    assert re.search(r'class="sin-partir">.*?</span>,</span> y otra', html)


def test_una_formula_muy_corta_no_se_parte_salvo_en_las_tablas(html: str) -> None:
    delante = html.split(">3\\times3</annotation>")[:-1]
    intacta, en_tabla = (
        trozo.rpartition('<span class="katex">')[0] for trozo in delante
    )
    assert intacta.endswith('<span class="sin-partir">')
    assert en_tabla.endswith("<p>")


def test_los_demas_autores_son_otros() -> None:
    nombrar = citas.Bibliografia().format_name
    assert str(nombrar(Person("others"))) == "otros"
    assert "Turing" in str(nombrar(Person("Turing, Alan")).format())


def test_los_indices_de_busqueda_no_se_cargan_en_cada_pagina(html: str) -> None:
    assert "searchindex.js" not in html


def test_fuera_de_html_van_las_tres_versiones_con_su_rotulo(tmp_path: Path) -> None:
    # Sin ejercicios: sphinx-exercise no sabe escribir texto llano.
    pagina = cuaderno(*SECCION[:6])
    libro = escribir(tmp_path / "libro", {"book/portada.ipynb": pagina})
    final = construir(libro, "text")
    assert final.returncode == 0, final.stderr
    texto = (libro / "_build/text/book/portada.txt").read_text("utf-8")
    orden = [
        *("PyTorch", "p_pt = 1", "uno en PyTorch"),
        *("Keras", "p_ks = 1", "uno en Keras"),
        *("JAX", "p_jx = 1", "uno en JAX"),
        "Coinciden (tolerancia 1e-6)",
    ]
    posiciones = [texto.index(trozo) for trozo in orden]
    assert posiciones == sorted(posiciones)


def test_en_latex_tambien_van_las_tres(libro_bueno: Path) -> None:
    final = construir(libro_bueno, "latex")
    assert final.returncode == 0, final.stderr
    (ruta,) = (libro_bueno / "_build/latex").glob("*.tex")
    texto = ruta.read_text("utf-8")
    posiciones = [texto.index(f"uno en {m}") for m in ("PyTorch", "Keras", "JAX")]
    assert posiciones == sorted(posiciones)


def test_el_menu_ofrece_los_cuadernos_de_la_pagina(
    libro_bueno: Path, html: str
) -> None:
    base = "cuadernos/01-parte/seccion"
    for final in (".ipynb", ".pytorch.ipynb", ".keras.ipynb", ".jax.ipynb"):
        assert f'href="../../{base}{final}" download' in html
        assert f"/blob/gh-pages/{base}{final}" in html
    otra = (libro_bueno / "_build/html/book/01-parte/otra.html").read_text("utf-8")
    assert "otra.keras.ipynb" in otra
    assert "otra.pytorch.ipynb" not in otra, "la página no usa PyTorch"
    lab = (libro_bueno / "_build/html/book/01-parte/lab.html").read_text("utf-8")
    assert "menu-cuadernos" not in lab, "una página sin celdas no tiene cuadernos"


def test_el_laboratorio_enlaza_los_tres_cuadernos(libro_bueno: Path) -> None:
    lab = (libro_bueno / "_build/html/book/01-parte/lab.html").read_text("utf-8")
    for marco in ("pytorch", "keras", "jax"):
        ruta = f"cuadernos/labs/01-prueba.{marco}.ipynb"
        assert f'href="../../{ruta}"' in lab
        assert f"/blob/gh-pages/{ruta}" in lab


def test_la_raiz_lleva_a_la_portada(libro_bueno: Path) -> None:
    raiz = (libro_bueno / "_build/html/index.html").read_text("utf-8")
    assert 'url=book/portada.html"' in raiz
    assert 'lang="es"' in raiz


def test_no_queda_nada_de_fontawesome(libro_bueno: Path) -> None:
    estaticos = libro_bueno / "_build/html/_static"
    assert not list(estaticos.rglob("*fontawesome*"))
    assert not list(estaticos.rglob("fa-*"))
    hoja = (estaticos / "styles/pydata-sphinx-theme.css").read_text("utf-8")
    assert "@font-face" not in hoja
    assert not re.findall(r"\.fa-[\w-]+:before", hoja)
    assert ".bd-article-container" in hoja, "lo demás del tema sigue"


# ------------------------------------------------------------ lo que debe fallar


@pytest.mark.parametrize(
    ("pagina", "aviso"),
    [
        ("celda", "was not converted, because it is nested"),
        ("formula", "KaTeX no entiende la fórmula «\\fraccion{1}{2}»"),
        ("acuerdo", "La celda «acuerdo» no imprime nada"),
        ("lab", "No existe labs/99-nada.pytorch.ipynb"),
        ("referencia", "no-existe"),
    ],
)
def test_un_defecto_hace_fallar_la_construccion(
    pagina: str, aviso: str, avisos: dict[str, str]
) -> None:
    assert aviso in avisos[pagina]


# --------------------------------------------------------------------- las piezas


@pytest.mark.parametrize(
    "tex",
    [
        r"\begin{align} a &= b \\ c &= d \end{align}",
        r"a = b \\ c = d",
        r"\begin{pmatrix} 1 & 0 \\ 0 & 1 \end{pmatrix}",
        r"\text{pérdida} \ge 0{,}5",
    ],
)
def test_formulas_que_katex_debe_componer(tex: str) -> None:
    html = formulas.componer(formulas.preparar(tex), aparte=True)
    assert "katex-display" in html
    assert "tag" not in re.findall(r'class="([^"]*)"', html), "la numera el libro"


def test_una_formula_sin_cerrar_es_un_error() -> None:
    with pytest.raises(formulas.ErrorFormula):
        formulas.componer(r"\frac{1}{")


def test_la_direccion_de_colab_sale_del_repositorio() -> None:
    url = cuadernos.direccion_colab(
        "https://github.com/ana/libro/", "cuadernos/x.ipynb"
    )
    assert url == (
        "https://colab.research.google.com/github/ana/libro"
        "/blob/gh-pages/cuadernos/x.ipynb"
    )


def test_la_poda_quita_lo_que_nadie_usa_y_nada_mas() -> None:
    css = """@charset "UTF-8"; :root{--a:b} p,.usada>a{c:d} .sobra{e:f}
      .usada.sobra,.usada:hover{g:h} .usada:not(.sobra){i:j} .fa-bars:before{k:l}
      @media print{.sobra{m:n}} @media (min-width:9px){.usada,.sobra{o:p}}
      @font-face{font-family:"Font Awesome 6 Free"} @font-face{font-family:KaTeX}
      @keyframes gira{to{q:r}} html[data-x=".sobra"]{s:t}"""
    podada = re.sub(r"\s+", "", estilos.podar(css, {"usada", "fa-bars"}))
    quedan = [
        *(":root{--a:b}", "p,.usada>a{c:d}", ".usada:hover{g:h}"),
        *(".usada:not(.sobra){i:j}", "@media(min-width:9px){.usada{o:p}}"),
        *("@font-face{font-family:KaTeX}", "@keyframesgira{to{q:r}}"),
        'html[data-x=".sobra"]{s:t}',
    ]
    assert podada.removeprefix('@charset"UTF-8";') == "".join(quedan)


def test_las_imagenes_llevan_sus_medidas() -> None:
    con = imagenes.con_medidas('<img alt="x" src="y">', 640, 360)
    assert con == '<img loading="lazy" width="640" height="360" alt="x" src="y">'
