/* Lo común a las figuras. Se concatena delante de cada módulo: no importa ni exporta.
   Primero la aritmética (funciones puras, probadas contra Python); luego la interfaz. */

/* ------------------------------------------------------------------ aritmética */

/** σ(z) sin desbordar para ningún z. */
function sigmoide(z) {
  const e = Math.exp(-Math.abs(z));
  return z >= 0 ? 1 / (1 + e) : e / (1 + e);
}

/** ln(1 + eᶻ) sin desbordar. */
function softplus(z) {
  return Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
}

function producto(u, v) {
  return u.reduce((suma, ui, i) => suma + ui * v[i], 0);
}

/** z = X w + b; X es una lista de filas. */
function logits(X, w, b) {
  return X.map((fila) => producto(fila, w) + b);
}

function probabilidades(X, w, b) {
  return logits(X, w, b).map(sigmoide);
}

/** Entropía cruzada media más l2/2 ‖w‖². Estable: trabaja con los logits. */
function coste(X, y, w, b, l2 = 0) {
  let suma = 0;
  for (let i = 0; i < X.length; i++) {
    suma += softplus((1 - 2 * y[i]) * (producto(X[i], w) + b));
  }
  return suma / X.length + (l2 / 2) * producto(w, w);
}

/** Gradiente del coste: { w, b }. */
function gradiente(X, y, w, b, l2 = 0) {
  const g = { w: w.map((wj) => l2 * wj), b: 0 };
  for (let i = 0; i < X.length; i++) {
    const resto = (sigmoide(producto(X[i], w) + b) - y[i]) / X.length;
    X[i].forEach((xij, j) => { g.w[j] += resto * xij; });
    g.b += resto;
  }
  return g;
}

/** Un paso de descenso. Con conSesgo = false, b no se mueve. */
function pasoDescenso(X, y, w, b, tasa, l2 = 0, conSesgo = true) {
  const g = gradiente(X, y, w, b, l2);
  return { w: w.map((wj, j) => wj - tasa * g.w[j]), b: conSesgo ? b - tasa * g.b : b };
}

/** Recuentos de la matriz de confusión; se predice 1 cuando p >= umbral. */
function confusion(p, y, umbral) {
  const m = { vp: 0, fp: 0, fn: 0, vn: 0 };
  p.forEach((pi, i) => {
    m[pi >= umbral ? (y[i] ? "vp" : "fp") : (y[i] ? "fn" : "vn")] += 1;
  });
  return m;
}

/** Exactitud, precisión y exhaustividad; null donde el cociente es 0/0. */
function metricas({ vp, fp, fn, vn }) {
  const cociente = (a, n) => (n ? a / n : null);
  return {
    exactitud: cociente(vp + vn, vp + fp + fn + vn),
    precision: cociente(vp, vp + fp),
    exhaustividad: cociente(vp, vp + fn),
  };
}

/** Curva precisión-exhaustividad: un punto por cada probabilidad distinta usada como
    umbral, de mayor a menor: [{ umbral, precision, exhaustividad }]. */
function curvaPR(p, y) {
  const orden = p.map((_, i) => i).sort((i, j) => p[j] - p[i]);
  const positivos = y.reduce((a, c) => a + c, 0);
  const curva = [];
  let vp = 0;
  orden.forEach((i, k) => {
    vp += y[i];
    if (k + 1 < orden.length && p[orden[k + 1]] === p[i]) return;
    curva.push({ umbral: p[i], precision: vp / (k + 1), exhaustividad: vp / positivos });
  });
  return curva;
}

/** Resuelve A x = c (pivote parcial); null si A es singular. */
function resolver(A, c) {
  const n = c.length;
  const M = A.map((fila, i) => [...fila, c[i]]);
  const escala = Math.max(...A.flat().map(Math.abs));
  for (let k = 0; k < n; k++) {
    let p = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(M[i][k]) > Math.abs(M[p][k])) p = i;
    if (!(Math.abs(M[p][k]) > 1e-14 * escala)) return null;
    [M[k], M[p]] = [M[p], M[k]];
    for (let i = k + 1; i < n; i++) {
      const f = M[i][k] / M[k][k];
      for (let j = k; j <= n; j++) M[i][j] -= f * M[k][j];
    }
  }
  const x = new Array(n);
  for (let k = n - 1; k >= 0; k--) {
    x[k] = M[k][n];
    for (let j = k + 1; j < n; j++) x[k] -= M[k][j] * x[j];
    x[k] /= M[k][k];
  }
  return x;
}

/** Mínimo del coste por Newton amortiguado. Devuelve { w, b, converge, separable }.
    Si los datos se separan con una recta y l2 = 0 no hay mínimo: para en cuanto el
    coste es despreciable y lo dice con separable = true. */
function ajustar(X, y, l2 = 0, conSesgo = true, b0 = 0) {
  const d = X[0].length;
  // Columnas tipificadas: con unidades dispares, Newton en crudo pierde cifras.
  const escala = X[0].map((_, j) => {
    const media = X.reduce((s, f) => s + f[j], 0) / X.length;
    return Math.sqrt(X.reduce((s, f) => s + (f[j] - media) ** 2, 0) / X.length) || 1;
  });
  const Z = X.map((f) => f.map((v, j) => v / escala[j]));
  const l2j = escala.map((e) => l2 / (e * e));
  const J = (w, b) => coste(Z, y, w, b) + w.reduce((s, wj, j) => s + l2j[j] * wj * wj, 0) / 2;
  const volver = (w, b, mas) => ({ w: w.map((wj, j) => wj / escala[j]), b, ...mas });
  let w = new Array(d).fill(0);
  let b = b0;
  let actual = J(w, b);
  for (let vuelta = 0; vuelta < 100; vuelta++) {
    const n = conSesgo ? d + 1 : d;
    const g = gradiente(Z, y, w, b);
    const c = [...g.w.map((gj, j) => gj + l2j[j] * w[j]), g.b].slice(0, n);
    const H = Array.from({ length: n }, () => new Array(n).fill(0));
    for (const fila of Z) {
      const f = [...fila, 1];
      const p = sigmoide(producto(fila, w) + b);
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) H[i][j] += (p * (1 - p) * f[i] * f[j]) / Z.length;
      }
    }
    l2j.forEach((l, j) => { H[j][j] += l; });
    const paso = resolver(H, c);
    const todosBien = Z.every((f, i) => (2 * y[i] - 1) * (producto(f, w) + b) > 0);
    if (l2 === 0 && todosBien && (actual < 0.02 || !paso)) {
      return volver(w, b, { converge: false, separable: true });
    }
    if (!paso) break;
    const mover = (t) => [w.map((wj, j) => wj - t * paso[j]), conSesgo ? b - t * paso[d] : b];
    // Cerca del mínimo el coste ya no distingue: un último paso entero y se acabó.
    if (producto(c, paso) < 1e-13 * (1e-3 + actual)) {
      return volver(...mover(1), { converge: true, separable: false });
    }
    let t = 1;
    while (!(J(...mover(t)) < actual) && t > 1e-9) t /= 2;
    [w, b] = mover(t);
    actual = J(w, b);
  }
  return volver(w, b, { converge: false, separable: false });
}

/** Redondeo a cifras significativas, igual que en Python. */
function redondear(v, cifras = 4) {
  return Number(v.toPrecision(cifras)) || 0;
}

/** Marcas «redondas» de un eje entre a y b. */
function marcas(a, b, cuantas = 5) {
  const bruto = (b - a) / cuantas;
  const base = 10 ** Math.floor(Math.log10(bruto));
  const paso = base * [1, 2, 5, 10].find((f) => f * base >= bruto * 0.999);
  const lista = [];
  for (let k = Math.ceil(a / paso - 1e-9); k * paso <= b + 1e-9 * paso; k++) lista.push(k * paso);
  return { lista, decimales: Math.max(0, -Math.floor(Math.log10(paso) + 1e-9)) };
}

/** Segmentos de la curva de nivel c de una malla cuadrada z[fila][columna], en unidades de
    celda: [[x1, y1, x2, y2], …] (marcha de triángulos: cada celda, dos). */
function curvaDeNivel(z, c) {
  const tramos = [];
  const cruce = (p, q) => {
    const t = (c - p[2]) / (q[2] - p[2]);
    return [p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])];
  };
  const triangulo = (...vertices) => {
    const puntos = [];
    for (let k = 0; k < 3; k++) {
      const [p, q] = [vertices[k], vertices[(k + 1) % 3]];
      if ((p[2] < c) !== (q[2] < c)) puntos.push(cruce(p, q));
    }
    if (puntos.length === 2) tramos.push([...puntos[0], ...puntos[1]]);
  };
  for (let i = 0; i + 1 < z.length; i++) {
    for (let j = 0; j + 1 < z[i].length; j++) {
      const e = [[j, i, z[i][j]], [j + 1, i, z[i][j + 1]], [j, i + 1, z[i + 1][j]], [j + 1, i + 1, z[i + 1][j + 1]]];
      triangulo(e[0], e[1], e[3]);
      triangulo(e[0], e[3], e[2]);
    }
  }
  return tramos;
}

/* -------------------------------------------------------------------- interfaz */

/** Número para leer en español: coma decimal, signo «−», y «—» si no está definido. */
function num(v, decimales = 2) {
  if (v === null || v === undefined || Number.isNaN(v)) return "—";
  if (!Number.isFinite(v)) return v > 0 ? "∞" : "−∞";
  if (Math.abs(v) >= 1e7) {
    const [m, e] = v.toExponential(1).split("e");
    return `${m.replace(".", ",").replace("-", "−")}·10^${Number(e)}`;
  }
  const texto = v.toFixed(decimales);
  return (Number(texto) === 0 ? texto.replace("-", "") : texto)
    .replace(".", ",").replace("-", "−");
}

/** Número con las cifras significativas que pida su tamaño. */
function cifras(v, n = 3) {
  if (!Number.isFinite(v) || v === 0) return num(v, 0);
  const orden = Math.floor(Math.log10(Math.abs(v)) + 1e-9);
  return num(v, Math.min(6, Math.max(0, n - 1 - orden)));
}

/** Una forma como la escribe Python: (), (3,), (3, 1). */
function textoForma(forma) {
  return `(${forma.join(", ")}${forma.length === 1 ? "," : ""})`;
}

// En lo que se maneja con flechas: JupyterLab se las quedaría para moverse entre celdas.
const TECLAS_PROPIAS = { "data-lm-suppress-shortcuts": "true" };

const ESPACIO_SVG = "http://www.w3.org/2000/svg";

function poner(nodo, atributos, hijos) {
  for (const [clave, valor] of Object.entries(atributos ?? {})) {
    if (valor === null || valor === undefined || valor === false) nodo.removeAttribute(clave);
    else nodo.setAttribute(clave, valor === true ? "" : String(valor));
  }
  nodo.append(...hijos);
  return nodo;
}

function crear(etiqueta, atributos, ...hijos) {
  return poner(document.createElement(etiqueta), atributos, hijos);
}

function svg(etiqueta, atributos, ...hijos) {
  return poner(document.createElementNS(ESPACIO_SVG, etiqueta), atributos, hijos);
}

/** Escribe solo si cambia: no despierta lectores de pantalla ni el diseño. */
function escribir(nodo, texto) {
  if (nodo.textContent !== texto) nodo.textContent = texto;
}

function limitar(v, a, b) {
  return Math.min(Math.max(v, a), b);
}

/** Llama a fn una sola vez por cuadro, por muchas veces que se pida. */
function porCuadro(fn) {
  let pendiente = 0;
  const pedir = () => {
    pendiente ||= requestAnimationFrame(() => { pendiente = 0; fn(); });
  };
  pedir.anular = () => { cancelAnimationFrame(pendiente); pendiente = 0; };
  return pedir;
}

/** Reproducción por cuadros. Con movimiento reducido no anima: cada pulsación avanza
    `deGolpe` pasos. rotulo() es lo que debe decir el botón; soltar() lo desconecta todo. */
function animador({ cada, deGolpe, acabado, avanzar, pedir }) {
  const quieto = window.matchMedia("(prefers-reduced-motion: reduce)");
  let animacion = 0;
  const parar = () => {
    cancelAnimationFrame(animacion);
    animacion = 0;
  };
  const alCambiarMovimiento = () => { parar(); pedir(); };
  quieto.addEventListener("change", alCambiarMovimiento);
  return {
    parar,
    reproducir() {
      if (quieto.matches) return avanzar(deGolpe);
      if (animacion) { parar(); return pedir(); }
      if (acabado()) return;
      let previo = performance.now();
      const cuadro = (ahora) => {
        if (acabado()) { parar(); return pedir(); }
        animacion = requestAnimationFrame(cuadro);
        if (ahora - previo < cada) return;
        previo = ahora;
        avanzar(1);
      };
      animacion = requestAnimationFrame(cuadro);
      avanzar(1);
    },
    rotulo: () => (quieto.matches ? `${deGolpe} pasos` : animacion ? "Pausa" : "Reproducir"),
    soltar() { parar(); quieto.removeEventListener("change", alCambiarMovimiento); },
  };
}

function sinMovimiento() {
  return window.matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** Avisa cuando cambian el tamaño de los nodos o el tema de la página. */
function vigilar(nodos, aviso) {
  const tamano = new ResizeObserver(aviso);
  nodos.forEach((n) => tamano.observe(n));
  const tema = new MutationObserver(aviso);
  for (const n of [document.documentElement, document.body]) {
    tema.observe(n, { attributes: true, attributeFilter: ["data-theme", "theme", "class", "data-jp-theme-light"] });
  }
  return () => { tamano.disconnect(); tema.disconnect(); };
}

/** Región viva: dice el último resumen cuando el lector se detiene, nunca a cada cuadro. */
function anunciador(padre) {
  const region = crear("p", { class: "gr-oculto", "aria-live": "polite", "aria-atomic": "true" });
  padre.append(region);
  let espera = 0;
  let dicho = null;
  const decir = (texto) => {
    if (dicho === null || texto === dicho) { // al montar, o si solo cambian tema o tamaño, calla
      dicho = texto;
      return;
    }
    dicho = texto;
    clearTimeout(espera);
    espera = setTimeout(() => escribir(region, texto), 700);
  };
  decir.anular = () => clearTimeout(espera);
  return decir;
}

/** Deslizador nativo con rótulo y valor: { nodo, fijar(v) }. */
function deslizador({ rotulo, min, max, paso, formato, voz = formato, alCambiar, alSoltar }) {
  const entrada = crear("input", { type: "range", min, max, step: paso, ...TECLAS_PROPIAS });
  const valor = crear("output", { class: "gr-valor", "aria-hidden": "true" });
  const nodo = crear("div", { class: "gr-deslizador" },
    crear("label", null, crear("span", null, rotulo), entrada), valor);
  const mostrar = (v) => {
    escribir(valor, formato(v));
    entrada.setAttribute("aria-valuetext", voz(v));
  };
  entrada.addEventListener("input", () => { mostrar(Number(entrada.value)); alCambiar(Number(entrada.value)); });
  entrada.addEventListener("change", () => alSoltar?.());
  return {
    nodo,
    entrada,
    fijar(v) { entrada.value = v; mostrar(v); },
  };
}

function boton(rotulo, alPulsar, atributos) {
  const nodo = crear("button", { type: "button", class: "gr-boton", ...atributos }, rotulo);
  nodo.addEventListener("click", alPulsar);
  return nodo;
}

/** Quien escribe una lista de medidas: fila(clave, nombre) da una línea y deja en
    `cifra[clave]` el nodo de su valor. */
function medidor(cifra) {
  return (clave, nombre) => crear("div", null,
    crear("dt", null, nombre), (cifra[clave] = crear("dd", { class: "gr-cifra" })));
}

/** Lista desplegable nativa con rótulo: { nodo, entrada, fijar(v) }; las opciones son
    parejas [valor, texto]. */
function selector({ rotulo, opciones, alCambiar }) {
  const entrada = crear("select", TECLAS_PROPIAS,
    ...opciones.map(([valor, texto]) => crear("option", { value: valor }, texto)));
  entrada.addEventListener("change", () => alCambiar(entrada.value));
  return {
    nodo: crear("label", { class: "gr-selector" }, crear("span", null, rotulo), entrada),
    entrada,
    fijar(v) { entrada.value = v; },
  };
}

/** Tirador de 44 × 44 px: ratón, tacto (sin bloquear el desplazamiento de la página
    fuera de él) y flechas. alMover(px, py) recibe píxeles dentro del padre. */
function tirador({ padre, rotulo, clase = "", alMover, alSoltar }) {
  const nodo = crear("div", {
    class: `gr-tirador ${clase}`, role: "slider", tabindex: "0", "aria-label": rotulo,
    "aria-roledescription": "tirador", "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": 0, ...TECLAS_PROPIAS,
  });
  padre.append(nodo);
  let posicion = [0, 0];
  let agarre = null;
  nodo.addEventListener("pointerdown", (e) => {
    if (e.button !== 0) return;
    nodo.setPointerCapture(e.pointerId);
    agarre = [e.clientX - posicion[0], e.clientY - posicion[1]];
    nodo.classList.add("gr-agarrado");
  });
  nodo.addEventListener("pointermove", (e) => {
    if (agarre) alMover(e.clientX - agarre[0], e.clientY - agarre[1]);
  });
  const soltar = () => {
    if (!agarre) return;
    agarre = null;
    nodo.classList.remove("gr-agarrado");
    alSoltar?.();
  };
  nodo.addEventListener("pointerup", soltar);
  nodo.addEventListener("pointercancel", soltar);
  nodo.addEventListener("keydown", (e) => {
    const rumbo = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[e.key];
    if (!rumbo || e.altKey || e.ctrlKey || e.metaKey) return;
    e.preventDefault();
    const largo = e.shiftKey ? 20 : 4;
    // se anota ya: dos pulsaciones en un mismo cuadro se suman; situar() corrige si sale
    posicion = [posicion[0] + largo * rumbo[0], posicion[1] + largo * rumbo[1]];
    alMover(...posicion);
    alSoltar?.();
  });
  return {
    nodo,
    situar(px, py, valor, voz) {
      posicion = [px, py];
      nodo.style.transform = `translate(${px.toFixed(1)}px, ${py.toFixed(1)}px)`;
      nodo.setAttribute("aria-valuenow", String(Math.round(limitar(valor, 0, 100))));
      nodo.setAttribute("aria-valuetext", voz);
    },
  };
}

/** Lienzo nítido del tamaño de la caja; devuelve el contexto en píxeles CSS. */
function lienzo(nodo, ancho, alto) {
  const r = window.devicePixelRatio || 1;
  const [a, h] = [Math.round(ancho * r), Math.round(alto * r)];
  if (nodo.width !== a || nodo.height !== h) { nodo.width = a; nodo.height = h; }
  const ctx = nodo.getContext("2d");
  ctx.setTransform(r, 0, 0, r, 0, 0);
  ctx.clearRect(0, 0, ancho, alto);
  return ctx;
}

/** Colores del tema actual como [r, v, a], leídos de las variables CSS (#rrvvaa). */
function colores(nodo) {
  const estilo = getComputedStyle(nodo);
  const leer = (nombre) => {
    const hex = /^#([0-9a-f]{6})$/i.exec(estilo.getPropertyValue(`--gr-${nombre}`).trim())?.[1];
    return [0, 2, 4].map((i) => parseInt((hex ?? "808080").slice(i, i + 2), 16));
  };
  const paleta = {};
  for (const n of ["clase0", "clase1", "acento", "tinta", "gris", "fondo"]) paleta[n] = leer(n);
  return paleta;
}

function rgba(color, alfa = 1) {
  return `rgba(${color.join(",")},${alfa})`;
}

/** Caja de dibujo con lienzo, ejes SVG y tiradores. Coordenadas: de datos a píxeles con
    px(x), py(y); de 0 a 1 dentro del recuadro en cualquier otro sitio. formatoX y formatoY
    escriben las marcas de los ejes; marcasX y marcasY las eligen si no son las redondas. */
function marco({
  rotuloX, rotuloY, dominio, alto, descripcion, formatoX = num, formatoY = num, marcasX = marcas, marcasY = marcas,
}) {
  const tela = crear("canvas", { "aria-hidden": "true" });
  const ejes = svg("svg", { class: "gr-ejes", "aria-hidden": "true" });
  const encima = svg("svg", { class: "gr-encima", "aria-hidden": "true" });
  const nodo = crear("div", { class: "gr-marco", role: "group", "aria-label": descripcion }, tela, ejes, encima);
  const m = { izq: 46, der: 14, arr: 8, aba: 40 };
  const yo = {
    nodo, tela, encima, m, ancho: 0, alto: 0,
    px: (x) => m.izq + ((x - dominio.x[0]) / (dominio.x[1] - dominio.x[0])) * yo.ancho,
    py: (y) => m.arr + (1 - (y - dominio.y[0]) / (dominio.y[1] - dominio.y[0])) * yo.alto,
    x: (px) => dominio.x[0] + ((px - m.izq) / yo.ancho) * (dominio.x[1] - dominio.x[0]),
    y: (py) => dominio.y[0] + (1 - (py - m.arr) / yo.alto) * (dominio.y[1] - dominio.y[0]),
    /** Mide la caja y rehace los ejes; devuelve el contexto del lienzo. */
    preparar() {
      const total = nodo.clientWidth;
      yo.ancho = Math.max(40, total - m.izq - m.der);
      yo.alto = alto(yo.ancho);
      const altura = yo.alto + m.arr + m.aba;
      nodo.style.height = `${altura}px`;
      for (const s of [ejes, encima]) poner(s, { width: total, height: altura, viewBox: `0 0 ${total} ${altura}` }, []);
      ejes.replaceChildren(svg("rect", { x: m.izq, y: m.arr, width: yo.ancho, height: yo.alto, class: "gr-recuadro" }));
      const mx = marcasX(...dominio.x, yo.ancho / 70);
      for (const v of mx.lista) {
        ejes.append(
          svg("path", { d: `M${yo.px(v)},${m.arr + yo.alto}v4`, class: "gr-marca" }),
          svg("text", { x: yo.px(v), y: m.arr + yo.alto + 17, "text-anchor": "middle" }, formatoX(v, mx.decimales)));
      }
      const my = marcasY(...dominio.y, yo.alto / 42);
      for (const v of my.lista) {
        ejes.append(
          svg("path", { d: `M${m.izq},${yo.py(v)}h-4`, class: "gr-marca" }),
          svg("text", { x: m.izq - 7, y: yo.py(v) + 4, "text-anchor": "end" }, formatoY(v, my.decimales)));
      }
      ejes.append(
        svg("text", { x: m.izq + yo.ancho / 2, y: altura - 5, "text-anchor": "middle", class: "gr-rotulo" }, rotuloX),
        svg("text", {
          transform: `translate(12 ${m.arr + yo.alto / 2}) rotate(-90)`, "text-anchor": "middle", class: "gr-rotulo",
        }, rotuloY));
      tela.style.width = `${total}px`;
      tela.style.height = `${altura}px`;
      const ctx = lienzo(tela, total, altura);
      ctx.save();
      ctx.beginPath();
      ctx.rect(m.izq, m.arr, yo.ancho, yo.alto);
      ctx.clip();
      return ctx;
    },
  };
  return yo;
}

/** Dominio de unos datos de dos columnas, con un margen del 8 %. */
function dominioDe(X) {
  const eje = (j) => {
    const v = X.map((f) => f[j]);
    const [a, b] = [Math.min(...v), Math.max(...v)];
    return [a - 0.08 * (b - a), b + 0.08 * (b - a)];
  };
  return { x: eje(0), y: eje(1) };
}

/** Curvas de nivel: `tramos[k]` son los de la curva k en una malla de n × n celdas que
    llena la caja; cada curva es `caida` más tenue que la anterior. */
function pintarNiveles(ctx, caja, tramos, n, color, caida = 0.045) {
  const [sx, sy] = [caja.ancho / n, caja.alto / n];
  tramos.forEach((lineas, k) => {
    ctx.strokeStyle = rgba(color, 0.75 - caida * k);
    ctx.lineWidth = 1;
    ctx.beginPath();
    for (const [x1, y1, x2, y2] of lineas) {
      ctx.moveTo(caja.m.izq + x1 * sx, caja.m.arr + y1 * sy);
      ctx.lineTo(caja.m.izq + x2 * sx, caja.m.arr + y2 * sy);
    }
    ctx.stroke();
  });
}

/** Cruz con halo en un punto, en píxeles: marca un mínimo. */
function pintarCruz(ctx, [a, o], paleta) {
  for (const [grosor, color] of [[5, paleta.fondo], [2, paleta.tinta]]) {
    ctx.strokeStyle = rgba(color);
    ctx.lineWidth = grosor;
    ctx.beginPath();
    ctx.moveTo(a - 6, o);
    ctx.lineTo(a + 6, o);
    ctx.moveTo(a, o - 6);
    ctx.lineTo(a, o + 6);
    ctx.stroke();
  }
}

/** Mapa de color de σ(w·x + b): es constante en cada recta paralela a la frontera, así
    que un degradado en la dirección de w lo pinta exacto y de una vez. */
function pintarProbabilidad(ctx, caja, dominio, w, b, paleta, fuerza = 0.34) {
  const gx = (w[0] * (dominio.x[1] - dominio.x[0])) / caja.ancho;
  const gy = (-w[1] * (dominio.y[1] - dominio.y[0])) / caja.alto;
  const g = Math.hypot(gx, gy); // unidades de logit por píxel
  if (!(g > 0 && Number.isFinite(g))) return;
  const [ex, ey] = [gx / g, gy / g];
  const z0 = w[0] * dominio.x[0] + w[1] * dominio.y[1] + b; // esquina superior izquierda
  const lejos = limitar(z0 / g, -1e6, 1e6);
  const base = [caja.m.izq - ex * lejos, caja.m.arr - ey * lejos];
  const alcance = 6;
  const d = [ex, ey].map((e) => e * limitar(alcance / g, 0.01, 1e6));
  const degradado = ctx.createLinearGradient(base[0] - d[0], base[1] - d[1], base[0] + d[0], base[1] + d[1]);
  for (let k = 0; k <= 48; k++) {
    const p = sigmoide(alcance * (k / 24 - 1));
    degradado.addColorStop(k / 48, rgba(paleta[p < 0.5 ? "clase0" : "clase1"], fuerza * Math.abs(2 * p - 1)));
  }
  ctx.fillStyle = degradado;
  ctx.fillRect(caja.m.izq, caja.m.arr, caja.ancho, caja.alto);
}

/** Los puntos: círculo la clase 0, triángulo la 1; los mal clasificados, con aro. */
function pintarPuntos(ctx, caja, X, y, mal, paleta) {
  const r = X.length > 250 ? 3.2 : 4.2;
  X.forEach((f, i) => {
    const [a, o] = [caja.px(f[0]), caja.py(f[1])];
    ctx.beginPath();
    if (y[i]) {
      ctx.moveTo(a, o - r * 1.25);
      ctx.lineTo(a + r * 1.15, o + r * 0.8);
      ctx.lineTo(a - r * 1.15, o + r * 0.8);
      ctx.closePath();
    } else ctx.arc(a, o, r, 0, 2 * Math.PI);
    ctx.fillStyle = rgba(paleta[y[i] ? "clase1" : "clase0"]);
    ctx.fill();
    ctx.lineWidth = 1;
    ctx.strokeStyle = rgba(paleta.fondo);
    ctx.stroke();
    if (!mal?.[i]) return;
    ctx.beginPath();
    ctx.arc(a, o, r + 3.2, 0, 2 * Math.PI);
    ctx.lineWidth = 1.6;
    ctx.strokeStyle = rgba(paleta.tinta);
    ctx.stroke();
  });
}

/** Trozo de la recta w·x + b = c dentro del dominio, o null: [[x, y], [x, y]]. */
function recta(w, b, dominio, c = 0) {
  const [[x0, x1], [y0, y1]] = [dominio.x, dominio.y];
  // En coordenadas 0-1, para tolerar unidades dispares.
  const [u, v] = [w[0] * (x1 - x0), w[1] * (y1 - y0)];
  const k = b - c + w[0] * x0 + w[1] * y0;
  const n = Math.hypot(u, v);
  if (!(n > 0)) return null;
  const pie = [0.5, 0.5];
  const lejos = (u * 0.5 + v * 0.5 + k) / (n * n);
  pie[0] -= u * lejos;
  pie[1] -= v * lejos;
  const dir = [v / n, -u / n];
  let [a, z] = [-Infinity, Infinity];
  for (const j of [0, 1]) {
    if (Math.abs(dir[j]) < 1e-12) {
      if (pie[j] < 0 || pie[j] > 1) return null;
      continue;
    }
    const cortes = [(0 - pie[j]) / dir[j], (1 - pie[j]) / dir[j]].sort((p, q) => p - q);
    a = Math.max(a, cortes[0]);
    z = Math.min(z, cortes[1]);
  }
  if (!(a < z)) return null;
  return [a, z].map((t) => [x0 + (pie[0] + t * dir[0]) * (x1 - x0), y0 + (pie[1] + t * dir[1]) * (y1 - y0)]);
}

/** Leyenda directa de las dos clases, encima del dibujo. */
function leyenda(clases, y, extra) {
  const unos = y.reduce((a, c) => a + c, 0);
  const marca = (forma, clase) => svg("svg", { class: `gr-muestra ${clase}`, viewBox: "0 0 14 14", "aria-hidden": "true" }, forma);
  const p = crear("p", { class: "gr-leyenda" },
    crear("span", null, marca(svg("circle", { cx: 7, cy: 7, r: 5 }), "gr-c0"), `${clases[0]} (${y.length - unos})`),
    crear("span", null, marca(svg("path", { d: "M7,1 L13,12 L1,12 Z" }), "gr-c1"), `${clases[1]} (${unos})`));
  if (extra) p.append(crear("span", null, marca(svg("circle", { cx: 7, cy: 7, r: 5.5 }), "gr-aro"), extra));
  return p;
}

/** Estado compartido con el modelo (widget o página): guarda lo del lector y oye lo ajeno. */
function enlazar(model, claves, alCambiarFuera) {
  const iguales = (a, b) => JSON.stringify(a) === JSON.stringify(b);
  const oyentes = Object.entries(claves).map(([clave, leer]) => {
    const oyente = () => { if (!iguales(model.get(clave), leer())) alCambiarFuera(); };
    model.on(`change:${clave}`, oyente);
    return [`change:${clave}`, oyente];
  });
  return {
    guardar() {
      let hay = false;
      for (const [clave, leer] of Object.entries(claves)) {
        if (iguales(model.get(clave), leer())) continue;
        model.set(clave, leer());
        hay = true;
      }
      if (hay) model.save_changes();
    },
    soltar() { oyentes.forEach(([evento, oyente]) => model.off(evento, oyente)); },
  };
}

/** Lo que desmonta una figura: llama, en orden, a cada una de estas funciones. */
function alDesmontar(...cierres) {
  return () => cierres.forEach((cerrar) => cerrar());
}

/** Deja la figura montada en el y esconde (solo a la vista) la alternativa textual, que
    desde entonces dice de cuándo es: lo que se mueve después lo cuenta el anunciador. */
function montar(el, raiz) {
  el.append(raiz);
  const punto = el.closest?.(".gradiente-figura");
  const cuando = crear("span", null, "Al abrir la página: ");
  punto?.classList.add("gr-montada");
  punto?.querySelector(".gradiente-figura-alternativa")?.prepend(cuando);
  return () => { raiz.remove(); cuando.remove(); punto?.classList.remove("gr-montada"); };
}
