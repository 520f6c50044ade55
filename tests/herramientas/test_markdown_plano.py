"""De MyST al Markdown corriente de los cuadernos que se descargan."""

import base64
import re

import nbformat
import pytest
from libro_minimo import LAB, TRES

from herramientas import cuadernos, derivar, fuentes, sincronia
from herramientas.errores import ErrorFuente
from herramientas.markdown_plano import Pagina

SITIO = "https://ejemplo.org/libro/"
BIB = """\
@book{uno1990, author={Uno, Ana}, title={El {Libro}}, publisher={Casa}, year={1990}}
@article{dos2001, author={Dos, Eva and van der Tres, Leo}, title={Nota}, journal={Rev.},
  volume={2}, number={3}, pages={4--5}, year={2001}, doi={10.1/x}}
@misc{cien2002, author={Ábaco, Bo and Luz, Mar and Sol, Iris}, title={Sobre $n^2$},
  howpublished={Informe}, year={2002}, url={https://ejemplo.net}}
"""
IMAGEN = base64.b64encode(b"PNG").decode()
EJERCICIO = """\
Antes.
```{exercise-start} Sumar · ★★
:label: ej-a
```
Suma.
```{exercise-end}
```

```{solution-start} ej-a
:label: sol-a
:class: dropdown
```
Dos.
"""
#: Lo que no puede quedar en la prosa de un cuaderno descargable, fuera de su código.
RESTOS = re.compile(
    r"^[ >]*(?::::|```\{|~~~\{)|^\(.*\)=$|\{[\w:]+\}`|^\$\$[ \t]*\(|^:label:"
    r"|\]\((?!https?:|data:|mailto:)",
    re.MULTILINE,
)


@pytest.fixture
def libro(raiz):
    """Raíz con dirección del sitio, bibliografía y otra página que enlazar."""
    (raiz / "_config.yml").write_text(f"html: {{baseurl: {SITIO}}}\n", "utf-8")
    (raiz / "book/referencias.bib").write_text(BIB, "utf-8")
    (raiz / "book/otra.md").write_text("# La otra página\n", "utf-8")
    (raiz / "book/punto.png").write_bytes(b"PNG")
    return raiz


@pytest.fixture
def plano(libro, seccion):
    """Función que escribe una sección con ese texto y devuelve su cuaderno plano."""

    def convertir(texto: str):
        ruta = seccion(
            "book/05-a/b.md", cuerpo=f"{texto}\n\n```{{code-cell}}\n1\n```\n"
        )
        cuaderno = fuentes.leer(ruta, libro)
        return Pagina(cuaderno, libro).aplanar(cuaderno)

    return convertir


@pytest.mark.parametrize(
    ("myst", "corriente"),
    [
        pytest.param(
            ":::{admonition} Error frecuente: *uno*\n:class: warning\nA $x\ny$.\n\n$$\n"
            "a\n$$\n:::",
            "> **Error frecuente: *uno***\n>\n> A $x y$.\n>\n> $$ a $$",
            id="aviso",
        ),
        pytest.param(
            "Texto.\n::::{note}\n- uno\n:::{tip}\nDos.\n:::\n::::\nMás.",
            "Texto.\n\n> **Nota**\n>\n> - uno\n>\n> > **Consejo**\n> >\n> > Dos.\n\n"
            "Más.",
            id="aviso-dentro-de-otro",
        ),
        pytest.param(
            ":::{admonition} 1. ¿`x < y` y $a<b_1$?\n:class: dropdown\n**Sí**.\n:::",
            "<details><summary>1. ¿<code>x &lt; y</code> y $a\\lt b_1$?</summary>\n\n"
            "**Sí**.\n\n</details>",
            id="plegable",
        ),
        pytest.param(
            "- uno\n\n  ```{hint}\n  Dos.\n  ```\n- tres",
            "- uno\n\n  > **Pista**\n  >\n  > Dos.\n\n- tres",
            id="aviso-en-una-lista",
        ),
        pytest.param(
            EJERCICIO,
            "Antes.\n\n### Ejercicio 1 · Sumar (★★)\n\nSuma.\n\n"
            "#### Solución del ejercicio 1\n\nDos.",
            id="ejercicio-y-solucion",
        ),
        pytest.param(
            "```{exercise} Uno\n:label: ej-u\nA.\n```\n```{exercise} Dos · ★\n"
            ":label: ej-d\nB.\n```\nVéase el {ref}`ej-d`.",
            "### Ejercicio 1 · Uno\n\nA.\n\n### Ejercicio 2 · Dos (★)\n\nB.\n\n"
            "Véase el ejercicio 2.",
            id="ejercicios-de-una-pieza",
        ),
        pytest.param(
            "Por {eq}`eq-b` y {eq}`eq-a`:\n\n$$\na\n$$ (eq-a)\n\n$$c$$\n\n"
            "$$ b $$ (eq-b)",
            "Por (2) y (1):\n\n$$\na \\tag{1}\n$$\n\n$$c$$\n\n$$ b \\tag{2}\n$$",
            id="ecuaciones",
        ),
        pytest.param(
            "```{math}\n:label: eq-a\na\\\\\nb\n```\n\n"
            "$$\n\\begin{align*}x\\end{align*}\n$$",
            "$$\n\\begin{aligned}\na\\\\\nb\n\\end{aligned} \\tag{1}\n$$\n\n"
            "$$\n\\begin{aligned}x\\end{aligned}\n$$",
            id="ecuaciones-en-renglones",
        ),
        pytest.param(
            "{term}`sesgo`, {term}`sesgos <sesgo>`, {ref}`aquí <x>`",
            "sesgo, sesgos, aquí",
            id="texto-de-los-roles",
        ),
        pytest.param(
            "{doc}`../otra`, {doc}`esa <../otra>` y {doc}`/book/otra`",
            f"[La otra página]({SITIO}book/otra.html), [esa]({SITIO}book/otra.html) y "
            f"[La otra página]({SITIO}book/otra.html)",
            id="doc",
        ),
        pytest.param(
            "[a](../otra.ipynb), [b](../otra.md#c), [d](#e), [f](https://g.org)\n"
            '<a href="../otra.md">h</a>',
            f"[a]({SITIO}book/otra.html), [b]({SITIO}book/otra.html#c), "
            f"[d]({SITIO}book/05-a/b.html#e), [f](https://g.org)\n"
            f'<a href="{SITIO}book/otra.html">h</a>',
            id="enlaces",
        ),
        pytest.param(
            "```{figure} ../punto.png\n:alt: Un [punto]\nPie.\n```",
            f"![Un punto](data:image/png;base64,{IMAGEN})\n\nPie.",
            id="figura",
        ),
        pytest.param(
            "```{glossary}\nsesgo\n  *bias*. Uno\n  más.\n\n"
            "lote\ntanda\n  *batch*.\n```",
            "- **sesgo**: *bias*. Uno\n  más.\n- **lote**, **tanda**: *batch*.",
            id="glosario",
        ),
        pytest.param(
            "```{lab} 01-x\n```",
            "\n".join(
                f"- [01-x.{m}]({SITIO}cuadernos/labs/01-x.{m}.ipynb)"
                for m in fuentes.MARCOS
            ),
            id="lab",
        ),
        pytest.param(
            "```{estado} cobertura\n```",
            f"[Está en la web]({SITIO}book/05-a/b.html).",
            id="estado",
        ),
        pytest.param(
            "(ancla)=\n## Dos\n\n% nota de quien escribe\n[*deep*]{lang=en}",
            "## Dos\n\n*deep*",
            id="lo-que-no-se-ve",
        ),
    ],
)
def test_cada_construccion(plano, myst, corriente):
    assert plano(myst).cells[0].source == f"# Título\n\n{corriente}"


def test_lo_que_ya_es_markdown_corriente_no_cambia(plano):
    texto = (
        "Código `{eq}`, ``{cite}`x` `` y \\$5; $a_{x}$,\n$b\nc$.\n\n```python\n"
        "{cite}`x`  $$ (y)\n:::{note}\n```\n\n$$\na < b\n$$\n\n| a | $b$ |\n|---|---|\n"
        "> cita con $x$\n\n- [ ] tarea (eq-a)\n    - otra\n\n\n<b>y</b> 5 % {x}"
    )
    convertido = plano(texto)
    assert convertido.cells[0].source == f"# Título\n\n{texto}"
    assert len(convertido.cells) == 2


def test_las_citas_dan_autores_y_ano_y_acaban_en_referencias(plano):
    cuaderno = plano(
        "A {cite}`dos2001,uno1990`, {cite:p}`uno1990`; {cite:t}`cien2002`."
    )
    prosa, codigo, ultima = cuaderno.cells
    assert prosa.source.endswith(
        "A (Dos y van der Tres, 2001; Uno, 1990), (Uno, 1990); Ábaco *et al.* (2002)."
    )
    assert codigo.source == "1"
    assert ultima.id == "referencias"
    assert ultima.source.split("\n") == [
        "## Referencias",
        "",
        "- Ábaco, Bo; Luz, Mar; Sol, Iris (2002). *Sobre $n^2$*. Informe. "
        "<https://ejemplo.net>",
        "- Dos, Eva; van der Tres, Leo (2001). «Nota». *Rev.*, 2(3), págs. 4–5. "
        "<https://doi.org/10.1/x>",
        "- Uno, Ana (1990). *El Libro*. Casa.",
    ]


def test_el_codigo_los_ids_y_los_metadatos_no_cambian(libro, seccion):
    ruta = seccion(
        "book/05-a/b.md", cuerpo=EJERCICIO + TRES + "```{solution-end}\n```\n"
    )
    antes = fuentes.leer(ruta, libro)
    copia = nbformat.from_dict(antes)
    despues = Pagina(antes, libro).aplanar(antes)
    nbformat.validate(despues)
    assert antes == copia, "el original no se toca"
    assert despues.metadata == antes.metadata
    assert antes.cells[-1].source == "```{solution-end}\n```"
    quedan = antes.cells[:-1]  # la última solo tenía una marca
    assert [c.id for c in despues.cells] == [c.id for c in quedan]
    assert [c for c in despues.cells if c.cell_type == "code"] == [
        c for c in quedan if c.cell_type == "code"
    ]


def test_un_solo_marco_conserva_los_numeros_de_la_pagina(libro, seccion):
    cuerpo = (
        '+++ {"tags": ["keras"]}\n\n$$ a $$ (eq-a)\n\n+++ {"tags": ["jax"]}\n\n'
        "$$ b $$ (eq-b)\n\n+++\n\nPor {eq}`eq-b`.\n\n" + TRES
    )
    cuaderno = fuentes.leer(seccion("book/b.md", cuerpo=cuerpo), libro)
    solo = derivar.solo_marco(cuaderno, "jax", libro)
    prosa = [c.source for c in Pagina(cuaderno, libro).aplanar(solo).cells[2:4]]
    assert prosa[0] == "$$ b \\tag{2}\n$$"
    assert prosa[1].startswith("Por (2).")


@pytest.mark.parametrize(
    ("myst", "que"),
    [
        ("```{mermaid}\nA\n```", "mermaid"),
        (":::\nA\n:::", "directiva desconocida"),
        ("Uno {download}`x`.", "download"),
        (":::{note}\n:icono: x\nA\n:::", ":icono:"),
        (":::{note}\nSin cerrar.", "sin cerrar"),
        ("> :::{note}\n> A\n> :::", "dentro de un «>»"),
        ("```{exercise} Sin etiqueta\nA\n```", "label"),
        ("```{solution-start} ej-x\n```", "ej-x"),
        ("Por {eq}`eq-x`.", "eq-x"),
        ("{cite}`nadie1900`", "nadie1900"),
        ("[x](no-existe.md)", "no-existe.md"),
        ("[x](../../labs/01.ipynb)", "labs/01.ipynb"),
        ("{doc}`no-existe`", "no-existe"),
        ("```{figure} no.png\n```", "no.png"),
        ("Nota[^1].", r"\[\^"),
        ("[](../otra.md)", r"\[\]\("),
        ("Con {{ variable }}.", "{{"),
        ("término\n: definición", "«:»"),
        ("*x*{.clase}", "{.clase}"),
        ("{.clase}\nPárrafo.", "{.clase}"),
    ],
)
def test_lo_desconocido_es_un_error_con_su_linea(plano, myst, que):
    with pytest.raises(ErrorFuente, match=que) as error:
        plano(f"Un párrafo.\n\n{myst}")
    assert error.value.archivo == "book/05-a/b.md"
    assert error.value.linea in range(8, 9 + myst.count("\n"))


def test_la_linea_del_error_cuenta_dentro_de_una_directiva(plano):
    with pytest.raises(ErrorFuente) as error:
        plano(":::{admonition} A\n:class: warning\nUno.\n\n{raro}`x`\n:::")
    assert error.value.linea == 10


def test_sin_direccion_del_sitio_no_se_puede_enlazar(plano, libro):
    (libro / "_config.yml").unlink()
    with pytest.raises(ErrorFuente, match=r"_config\.yml: falta html\.baseurl"):
        plano("[a](../otra.md)")


def test_derivar_aplana_lo_que_se_descarga_y_no_lo_que_se_publica(libro, seccion):
    seccion("book/05-a/b.md", cuerpo=EJERCICIO + TRES + "\n{cite:t}`uno1990`\n")
    seccion("solutions/01-x.md", cuerpo=EJERCICIO + LAB)
    assert not cuadernos.generar(raiz=libro).errores
    salida = libro / "_build/cuadernos"
    escritos = derivar.derivar(salida, libro)
    assert len(escritos) == 7
    for ruta in escritos:
        texto = nbformat.read(ruta, as_version=4).cells[-1].source
        assert ("## Referencias" in texto) == ("labs" not in ruta.parts)
        assert restos(nbformat.read(ruta, as_version=4)) == []
        assert "### Ejercicio 1 · Sumar (★★)" in ruta.read_text("utf-8")
    publicado = nbformat.read(libro / "book/05-a/b.ipynb", as_version=4)
    assert "```{exercise-start}" in publicado.cells[0].source
    completo = nbformat.read(salida / "05-a/b.ipynb", as_version=4)
    assert [c for c in completo.cells if c.cell_type == "code"] == [
        c for c in publicado.cells if c.cell_type == "code"
    ], "conserva las salidas"
    assert sincronia.comprobar(libro)[1] == []


@pytest.mark.parametrize(
    "ruta", fuentes.fuentes(), ids=lambda ruta: fuentes.relativa(ruta)
)
def test_las_fuentes_del_libro_se_convierten_sin_restos(ruta):
    cuaderno = fuentes.leer(ruta)
    plano = Pagina(cuaderno).aplanar(cuaderno)
    nbformat.validate(plano)
    assert restos(plano) == []


@pytest.mark.parametrize(
    "resto",
    [":::{note}", "```{figure} x", "a {eq}`x`", "{cite:t}`y`", "$$ (eq)", "[a](b.md)"],
)
def test_los_restos_se_reconocen(resto):
    celda = nbformat.v4.new_markdown_cell(f"Uno.\n{resto}")
    assert restos(nbformat.v4.new_notebook(cells=[celda]))


def restos(cuaderno) -> list[str]:
    """Lo que queda de MyST en la prosa, sin contar los ejemplos de código."""
    prosa = (c.source for c in cuaderno.cells if c.cell_type == "markdown")
    return [
        hallado[0]
        for texto in prosa
        for hallado in RESTOS.finditer(re.sub(r"(?ms)^```\w*$.*?^```$", "", texto))
    ]
