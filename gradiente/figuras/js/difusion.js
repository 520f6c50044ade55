/* Difusión (broadcasting): dos formas que se alinean por la derecha. */

const EJES = 4; // los que puede tener cada operando
const MAYOR = 99; // tamaño máximo de un eje
const CELDAS = 8; // por lado, lo más que se dibuja

const tamano = (forma) => forma.reduce((p, n) => p * n, 1);

/** Las reglas de difusión: { forma, ejes }. Cada eje, de izquierda a derecha, es
    { a, b, r, que }: tamaños en A, en B (null si le falta el eje) y en el resultado; que
    dice "igual", "a" o "b" (quién se repite), o "choca", y entonces r y forma son null. */
function difundir(a, b) {
  const n = Math.max(a.length, b.length);
  const ejes = [];
  for (let k = n; k >= 1; k--) {
    const [p, q] = [a, b].map((f) => (k <= f.length ? f[f.length - k] : null));
    const [pa, qb] = [p ?? 1, q ?? 1];
    let que = "choca";
    if (pa === qb) que = "igual";
    else if (pa === 1) que = "a";
    else if (qb === 1) que = "b";
    ejes.push({ a: p, b: q, r: que === "choca" ? null : Math.max(pa, qb), que });
  }
  return { ejes, forma: ejes.some((e) => e.que === "choca") ? null : ejes.map((e) => e.r) };
}

/** De qué elemento de un operando (contados por filas) sale cada uno del resultado. */
function origenes(operando, forma) {
  const pasos = new Array(forma.length).fill(0);
  let paso = 1;
  for (let k = 1; k <= operando.length; k++) {
    const n = operando[operando.length - k];
    pasos[forma.length - k] = n === 1 ? 0 : paso;
    paso *= n;
  }
  return Array.from({ length: tamano(forma) }, (_, i) => {
    let [resto, indice] = [i, 0];
    for (let k = forma.length - 1; k >= 0; k--) {
      indice += (resto % forma[k]) * pasos[k];
      resto = Math.floor(resto / forma[k]);
    }
    return indice;
  });
}

/** Qué pasa en un eje, contado desde el final (−1, −2…), en una frase. */
function explicarEje({ a, b, r, que }, desdeElFinal) {
  const eje = `Eje −${desdeElFinal}: `;
  if (que === "choca") return `${eje}${a} y ${b} son distintos y ninguno es 1: chocan.`;
  const [quien, falta] = a === null ? ["A", true] : b === null ? ["B", true] : [que.toUpperCase(), false];
  if (falta && que === "igual") return `${eje}a ${quien} le falta; se le añade con tamaño 1.`;
  if (falta) return `${eje}a ${quien} le falta; se le añade con tamaño 1 y se repite ${r} veces.`;
  if (que === "igual") return `${eje}los dos tienen ${r}; nada se repite.`;
  return `${eje}${quien} tiene 1 y se repite ${r} veces.`;
}

/** Lo que hay que saber del resultado: por qué falla, o si la forma es una sorpresa. */
function avisarDifusion(a, b) {
  const { forma, ejes } = difundir(a, b);
  if (!forma) {
    const [fa, fb] = [a, b].map((f) => textoForma(f).replaceAll(" ", ""));
    const culpables = ejes.map((e, i) => [e, ejes.length - i]).filter(([e]) => e.que === "choca")
      .map(([e, k]) => `en el eje −${k}, ${e.a} frente a ${e.b}`);
    return `No se pueden combinar: ${culpables.join(" y ")}. NumPy dice «operands could not be broadcast together with shapes ${fa} ${fb}».`;
  }
  const [corta, larga] = a.length < b.length ? [a, b] : [b, a];
  if (corta.length === 1 && larga.length === 2 && larga[1] === 1 && larga[0] === corta[0] && corta[0] > 1) {
    const n = corta[0];
    return `Un error callado: en vez de emparejar los ${n} elementos, los cruza todos. De los ${n * n} resultados, solo los ${n} de la diagonal son las parejas.`;
  }
  if ([a, b].every((f) => String(f) !== String(forma))) return "La forma del resultado no es la de ninguno de los dos: conviene comprobar que es la que se espera.";
  return "";
}

export const calculos = { difundir, origenes, explicarEje, avisarDifusion, textoForma };

function render({ model, el }) {
  const leerModelo = () => ({ formas: { A: [...model.get("a")], B: [...model.get("b")] }, operacion: model.get("operacion") });
  let { formas, operacion } = leerModelo();
  const fijar = (nuevas, signo = operacion) => {
    formas = { ...formas, ...nuevas };
    operacion = signo;
    pedir();
    enlace.guardar();
  };

  /* --- la tabla de los ejes: una columna por eje, del −4 al −1 --- */
  const columnas = Array.from({ length: EJES }, (_, j) => EJES - j); // 4, 3, 2, 1
  const casillas = { A: {}, B: {}, R: {} };
  function cambiar(letra, k, d) {
    const forma = [...formas[letra]];
    const j = forma.length - k;
    forma[j] = limitar(forma[j] + d, 1, MAYOR);
    fijar({ [letra]: forma });
  }
  function casilla(letra, k) {
    const cifra = crear("strong");
    const repite = crear("span", { class: "gr-repite" });
    const c = { cifra, repite, caja: crear("div", { class: `gr-eje gr-eje-${letra.toLowerCase()}` }, cifra, repite) };
    casillas[letra][k] = c;
    if (letra === "R") return crear("td", null, c.caja);
    const mas = boton("+", () => cambiar(letra, k, 1), { "aria-label": `Eje −${k} de ${letra}: uno más`, class: "gr-boton gr-mas" });
    const menos = boton("−", () => cambiar(letra, k, -1), { "aria-label": `Eje −${k} de ${letra}: uno menos`, class: "gr-boton gr-mas" });
    c.botones = [menos, mas];
    return crear("td", null, crear("div", { class: "gr-mando-eje" }, menos, c.caja, mas));
  }
  const rotuloR = crear("th", { scope: "row" });
  const tabla = crear("table", { class: "gr-ejes-tabla" },
    crear("caption", null, "Los ejes se alinean por la derecha"),
    crear("thead", null, crear("tr", null, crear("td"), ...columnas.map((k) => crear("th", { scope: "col" }, `eje −${k}`)))),
    crear("tbody", null,
      crear("tr", null, crear("th", { scope: "row" }, "A"), ...columnas.map((k) => casilla("A", k))),
      crear("tr", null, crear("th", { scope: "row" }, "B"), ...columnas.map((k) => casilla("B", k))),
      crear("tr", null, rotuloR, ...columnas.map((k) => casilla("R", k)))));

  const masEjes = {};
  const grupoEjes = (letra) => {
    const anadir = boton("Añadir", () => { if (formas[letra].length < EJES) fijar({ [letra]: [2, ...formas[letra]] }); },
      { "aria-label": `Añadir un eje a ${letra}` });
    const quitar = boton("Quitar", () => { if (formas[letra].length) fijar({ [letra]: formas[letra].slice(1) }); },
      { "aria-label": `Quitar un eje a ${letra}` });
    masEjes[letra] = { anadir, quitar };
    return crear("div", { class: "gr-botones" }, crear("span", { class: "gr-antes" }, `Ejes de ${letra}:`), quitar, anadir);
  };
  const ejemplos = [
    ["(3, 1) + (1, 4)", "tabla de sumas", [3, 1], [1, 4], "+"],
    ["(6,) − (6, 1)", "el MSE callado", [6], [6, 1], "-"],
    ["(2, 3) + (2,)", "que falla", [2, 3], [2], "+"],
    ["(5, 1, 4) + (3, 1)", "con tres ejes", [5, 1, 4], [3, 1], "+"],
  ].map(([formula, apodo, A, B, signo_]) => {
    const nodo = boton(formula, () => fijar({ A, B }, signo_));
    nodo.append(crear("small", null, ` ${apodo}`));
    return nodo;
  });

  const cifra = {};
  const fila = medidor(cifra);
  const aviso = crear("p", { class: "gr-aviso" });
  const explicacion = crear("ul", { class: "gr-lista" });
  const mallas = crear("div", { class: "gr-mallas" });
  const sinMallas = crear("p", { class: "gr-ayuda" });

  const raiz = crear("div", { class: "gr-fig gr-difusion" },
    crear("div", { class: "gr-botones gr-ejemplos", role: "group", "aria-label": "Ejemplos" }, ...ejemplos),
    tabla,
    crear("div", { class: "gr-dos" }, grupoEjes("A"), grupoEjes("B")),
    crear("div", { class: "gr-medidas" }, crear("dl", null,
      fila("forma", "Resultado"), fila("elementos", "Elementos"),
      fila("A", "Cada elemento de A se usa"), fila("B", "Cada elemento de B se usa"))),
    aviso, explicacion, mallas, sinMallas);
  const decir = anunciador(raiz);
  const desmontar = montar(el, raiz);

  /* --- dibujo --- */
  const ver = (nodo, si) => { nodo.style.visibility = si ? "" : "hidden"; };
  const signo = () => (operacion === "-" ? "−" : "+");

  function escribirTabla(ejes) {
    escribir(rotuloR, `A ${signo()} B`);
    for (const k of columnas) {
      const eje = ejes[ejes.length - k];
      for (const letra of ["A", "B"]) {
        const c = casillas[letra][k];
        const n = eje ? eje[letra.toLowerCase()] : null;
        const seRepite = eje?.que === letra.toLowerCase();
        escribir(c.cifra, n === null ? (eje ? "1" : "") : String(n));
        escribir(c.repite, seRepite ? `×${eje.r}` : "");
        c.caja.classList.toggle("gr-falta", n === null);
        c.caja.classList.toggle("gr-estira", seRepite);
        c.caja.classList.toggle("gr-choca", eje?.que === "choca");
        ver(c.caja, Boolean(eje));
        c.botones.forEach((b) => ver(b, n !== null));
        c.botones[0].setAttribute("aria-disabled", String(n === 1));
        c.botones[1].setAttribute("aria-disabled", String(n === MAYOR));
      }
      const c = casillas.R[k];
      escribir(c.cifra, eje ? String(eje.r ?? "≠") : "");
      c.caja.classList.toggle("gr-choca", eje?.que === "choca");
      ver(c.caja, Boolean(eje));
    }
    for (const letra of ["A", "B"]) {
      masEjes[letra].anadir.setAttribute("aria-disabled", String(formas[letra].length === EJES));
      masEjes[letra].quitar.setAttribute("aria-disabled", String(formas[letra].length === 0));
    }
  }

  /** Una matriz de celdas con su rótulo; las copias van de trazos y más claras. */
  function malla(rotulo, columnas_, valores, clases) {
    const celdas = valores.map((v, i) => crear("span", { class: clases[i] }, num(v, 0)));
    const filas = [];
    for (let i = 0; i < valores.length; i += columnas_) filas.push(valores.slice(i, i + columnas_).join(", "));
    return crear("div", { class: "gr-malla", role: "img", "aria-label": `${rotulo}: ${filas.join("; ")}` },
      crear("span", { class: "gr-pie" }, rotulo),
      crear("div", { class: "gr-celdas", style: `--columnas: ${columnas_}; --lado: ${columnas_ > 6 ? 30 : columnas_ > 4 ? 33 : 40}px` }, ...celdas));
  }

  function dibujarMallas(forma) {
    const cabe = forma && forma.length <= 2 && forma.every((n) => n <= CELDAS);
    mallas.hidden = !cabe;
    sinMallas.hidden = cabe || !forma;
    escribir(sinMallas, `Las celdas se dibujan cuando el resultado tiene como mucho dos ejes, de tamaño ${CELDAS} o menos.`);
    if (!cabe) return mallas.replaceChildren();
    const columnas_ = forma[forma.length - 1] ?? 1;
    const de = { A: origenes(formas.A, forma), B: origenes(formas.B, forma) };
    const valor = { A: (i) => 10 * (i + 1), B: (i) => i + 1 };
    const estirada = (letra) => {
      const vistos = new Set();
      const clases = de[letra].map((i) => {
        const copia = vistos.has(i);
        vistos.add(i);
        return `gr-celda gr-celda-${letra.toLowerCase()}${copia ? " gr-copia" : ""}`;
      });
      const cambia = String(formas[letra]) !== String(forma);
      const rotulo = `${letra}: ${textoForma(formas[letra])}${cambia ? ` → ${textoForma(forma)}` : ""}`;
      return malla(rotulo, columnas_, de[letra].map(valor[letra]), clases);
    };
    const cruzado = avisarDifusion(formas.A, formas.B).startsWith("Un error callado");
    const resultado = de.A.map((i, k) => valor.A(i) + (operacion === "-" ? -1 : 1) * valor.B(de.B[k]));
    const clases = resultado.map((_, k) => `gr-celda${cruzado && k % (columnas_ + 1) === 0 ? " gr-diagonal" : ""}`);
    const letrero = (texto) => crear("span", { class: "gr-signo", "aria-hidden": "true" }, texto);
    mallas.replaceChildren(estirada("A"), letrero(signo()), estirada("B"), letrero("="),
      malla(`A ${signo()} B: ${textoForma(forma)}`, columnas_, resultado, clases));
  }

  function dibujar() {
    const { A, B } = formas;
    const { forma, ejes } = difundir(A, B);
    escribirTabla(ejes);
    const veces = (f) => { const n = tamano(forma) / tamano(f); return n === 1 ? "1 vez" : `${n} veces`; };
    escribir(cifra.forma, forma ? textoForma(forma) : "no hay");
    escribir(cifra.elementos, forma ? String(tamano(forma)) : "—");
    escribir(cifra.A, forma ? veces(A) : "—");
    escribir(cifra.B, forma ? veces(B) : "—");
    const texto = avisarDifusion(A, B);
    escribir(aviso, texto);
    explicacion.replaceChildren(...ejes.map((e, i) => crear("li", null, explicarEje(e, ejes.length - i))).reverse());
    dibujarMallas(forma);
    decir(`A ${textoForma(A)}, B ${textoForma(B)}: ${forma ? `resultado ${textoForma(forma)}, ${tamano(forma)} elementos` : "no se pueden combinar"}. `
      + `${texto} ${ejes.map((e, i) => explicarEje(e, ejes.length - i)).reverse().join(" ")}`);
  }

  const pedir = porCuadro(dibujar);
  const enlace = enlazar(model, { a: () => [...formas.A], b: () => [...formas.B], operacion: () => operacion },
    () => { ({ formas, operacion } = leerModelo()); pedir(); });
  dibujar();
  return alDesmontar(pedir.anular, decir.anular, enlace.soltar, desmontar);
}

export default { render };
