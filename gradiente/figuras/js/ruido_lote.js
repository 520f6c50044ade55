/* El ruido del gradiente de un lote: regresión lineal de dos pesos y sin sesgo, con el error
   cuadrático medio. Los lotes se sortean con un generador que da lo mismo en Python. */

/** Enteros de 32 bits al azar (mulberry32, de Tommy Ettinger): una función sin argumentos. */
function mulberry32(semilla) {
  let estado = semilla >>> 0;
  return () => {
    estado = (estado + 0x6d2b79f5) >>> 0;
    let t = estado;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
}

function enterosAlAzar(semilla, cuantos) {
  const siguiente = mulberry32(semilla);
  return Array.from({ length: cuantos }, siguiente);
}

/** Índices de los lotes, sin reemplazo dentro de cada uno: [[i, …], …]. */
function sortearLotes(semilla, n, tamLote, sorteos) {
  const siguiente = mulberry32(semilla * 65536 + tamLote);
  const orden = Array.from({ length: n }, (_, i) => i);
  return Array.from({ length: sorteos }, () => {
    for (let i = 0; i < tamLote; i++) { // los primeros pasos de barajar (Fisher-Yates)
      const j = i + Math.floor((siguiente() / 2 ** 32) * (n - i));
      [orden[i], orden[j]] = [orden[j], orden[i]];
    }
    return orden.slice(0, tamLote);
  });
}

/** Gradiente de (w·x − y)² en cada ejemplo: [[∂₁, ∂₂], …]. */
function gradientesPorEjemplo(X, y, w) {
  return X.map((x, i) => x.map((xj) => 2 * (producto(x, w) - y[i]) * xj));
}

function mediaDe(G, indices) {
  const suma = [0, 0];
  for (const i of indices) { suma[0] += G[i][0]; suma[1] += G[i][1]; }
  return suma.map((s) => s / indices.length);
}

/** Raíz de la media de las distancias al cuadrado a centro. */
function dispersionDe(gradientes, centro) {
  const suma = gradientes.reduce((s, g) => s + (g[0] - centro[0]) ** 2 + (g[1] - centro[1]) ** 2, 0);
  return Math.sqrt(suma / gradientes.length);
}

/** Las potencias de dos menores que n, y n. */
function tamanosDeLote(n) {
  const lista = [];
  for (let b = 1; b < n; b *= 2) lista.push(b);
  return [...lista, n];
}

/** Lo que la figura mide en w: { g, sigma, nubes: { B: [...] }, medidas: { B: d }, teoria: { B: d } }. */
function medirRuido(X, y, w, lotes) {
  const n = y.length;
  const G = gradientesPorEjemplo(X, y, w);
  const g = mediaDe(G, y.map((_, i) => i));
  const sigma = dispersionDe(G, g);
  const [nubes, medidas, teoria] = [{}, {}, {}];
  for (const [B, indices] of Object.entries(lotes)) {
    nubes[B] = indices.map((lote) => mediaDe(G, lote));
    medidas[B] = dispersionDe(nubes[B], g);
    teoria[B] = (sigma / Math.sqrt(B)) * Math.sqrt((n - B) / (n - 1));
  }
  return { g, sigma, nubes, medidas, teoria };
}

/** Semilado del plano de los gradientes: caben nueve de cada diez por ejemplo. */
function ladoGradientes(G) {
  const partes = G.map((q) => Math.max(...q.map(Math.abs))).sort((a, b) => a - b);
  const media = mediaDe(G, G.map((_, i) => i));
  const justo = Math.max(partes[Math.floor(0.9 * (partes.length - 1))], 1.2 * Math.max(...media.map(Math.abs)));
  const escala = 10 ** Math.floor(Math.log10(justo));
  return redondear((Math.ceil(Number(((justo / escala) * 2).toFixed(6))) / 2) * escala, 6);
}

export const calculos = {
  enterosAlAzar, sortearLotes, gradientesPorEjemplo, medirRuido, tamanosDeLote, ladoGradientes,
};

function render({ model, el }) {
  const [X, y, sorteos, nombres] = ["x", "y", "sorteos", "nombres"].map((k) => model.get(k));
  const leerModelo = () => ({ w: [...model.get("w")], lote: model.get("lote"), semilla: model.get("semilla") });
  const inicial = leerModelo();
  let { w, lote, semilla } = inicial;
  const n = y.length;
  const tamanos = tamanosDeLote(n);
  const todos = y.map((_, i) => i);
  const momento = (f) => todos.reduce((s, i) => s + f(i), 0) / n;
  const optimo = resolver(
    [0, 1].map((j) => [0, 1].map((k) => momento((i) => X[i][j] * X[i][k]))),
    [0, 1].map((j) => momento((i) => X[i][j] * y[i])));
  const J = (v) => momento((i) => (producto(X[i], v) - y[i]) ** 2);

  /* --- planos --- */
  const lado = Math.ceil(2 * Math.max(1, 1.6 * Math.max(...optimo.map(Math.abs)), 1.2 * Math.max(...w.map(Math.abs)))) / 2;
  const N = 60; // celdas por lado de la malla del coste
  const malla = Array.from({ length: N + 1 }, (_, i) => Array.from({ length: N + 1 }, (__, j) =>
    J([lado * ((2 * j) / N - 1), lado * (1 - (2 * i) / N)])));
  const [bajo, alto] = [J(optimo), Math.max(...malla.flat())];
  const tramos = Array.from({ length: 11 }, (_, k) => curvaDeNivel(malla, bajo + (alto - bajo) * ((k + 0.7) / 11) ** 2));
  const ladoG = ladoGradientes(gradientesPorEjemplo(X, y, w));

  /* --- estado --- */
  let lotes, medido;
  function sortear() {
    lotes = Object.fromEntries(tamanos.map((b) => [b, sortearLotes(semilla, n, b, sorteos)]));
  }
  function medir() {
    medido = medirRuido(X, y, w, lotes);
  }
  const guardar = () => enlace.guardar();

  /* --- nodos --- */
  const raiz = crear("div", { class: "gr-fig gr-ruido" });
  const cuadrado = (ancho) => limitar(ancho, 220, 300);
  const pesos = marco({
    rotuloX: "w₁", rotuloY: "w₂", dominio: { x: [-lado, lado], y: [-lado, lado] }, alto: (ancho) => limitar(0.75 * ancho, 180, 240),
    descripcion: "Curvas de nivel del coste y punto en que se deriva",
  });
  const nube = marco({
    rotuloX: "∂J/∂w₁", rotuloY: "∂J/∂w₂", dominio: { x: [-ladoG, ladoG], y: [-ladoG, ladoG] }, alto: cuadrado,
    descripcion: "Gradiente entero y gradientes de los lotes",
  });
  const ejesLog = { x: [-0.4, Math.log2(n) + 0.4], y: [-2, 1] };
  const curva = marco({
    rotuloX: "tamaño de lote B", rotuloY: "dispersión", dominio: ejesLog, alto: () => 180,
    descripcion: "Dispersión frente al tamaño de lote, en escala logarítmica",
    marcasX: (a, b, cuantas) => {
      const cada = tamanos.length > 2.6 * cuantas ? 2 : 1;
      const lista = tamanos.filter((t, k) => t === n || (k % cada === 0 && n / t > 1.5)).map(Math.log2);
      return { lista, decimales: 0 };
    },
    formatoX: (v) => String(Math.round(2 ** v)),
    marcasY: (a, b, cuantas) => {
      const lista = [];
      const factores = b - a > 0.45 * cuantas ? [1] : [1, 2, 5];
      for (let k = Math.floor(a); k <= b; k++) for (const f of factores) lista.push(k + Math.log10(f));
      return { lista: lista.filter((v) => v >= a && v <= b), decimales: 0 };
    },
    formatoY: (v) => cifras(10 ** v, 1),
  });
  curva.m.izq = 52;
  const rotulos = {
    minimo: svg("text", { class: "gr-nota", "text-anchor": "middle" }, "mínimo"),
    fuera: svg("text", { class: "gr-nota", "text-anchor": "end" }),
    recta: svg("text", { class: "gr-nota" }, "σ/√B"),
    corregida: svg("text", { class: "gr-nota gr-tono-acento", "text-anchor": "end" }, "con corrección"),
    cero: svg("text", { class: "gr-nota", "text-anchor": "end" }),
  };
  pesos.encima.append(rotulos.minimo);
  nube.encima.append(rotulos.fuera);
  curva.encima.append(rotulos.recta, rotulos.corregida, rotulos.cero);
  const aqui = tirador({
    padre: pesos.nodo, rotulo: "Punto en que se deriva", clase: "gr-centro",
    alMover: (px, py) => {
      w = [pesos.x(px), pesos.y(py)].map((v) => redondear(limitar(v, -0.97 * lado, 0.97 * lado), 3));
      medir();
      pedir();
    },
    alSoltar: guardar,
  });
  const mandoLote = deslizador({
    rotulo: "Lote B", min: 0, max: tamanos.length - 1, paso: 1, formato: (k) => String(tamanos[k]),
    voz: (k) => `${tamanos[k]} de ${n} ejemplos`,
    alCambiar: (k) => { lote = tamanos[k]; pedir(); }, alSoltar: guardar,
  });
  const irA = (destino) => { w = destino; medir(); guardar(); pedir(); };
  const botones = [
    boton("Otros sorteos", () => { semilla = (semilla + 1) % 65536; sortear(); medir(); guardar(); pedir(); }),
    boton("Al mínimo", () => irA(optimo.map((v) => redondear(v)))),
    boton("Restablecer", () => { ({ lote, semilla } = inicial); sortear(); irA([...inicial.w]); }),
  ];
  const cifra = {};
  const fila = medidor(cifra);
  const aviso = crear("p", { class: "gr-aviso" });
  const muestra = (clase, forma) => svg("svg", { class: `gr-muestra ${clase}`, viewBox: "0 0 14 14", "aria-hidden": "true" }, forma);
  raiz.append(
    crear("p", { class: "gr-leyenda" },
      crear("span", null, muestra("gr-entero", svg("path", { d: "M1,7H12M8,3L12,7L8,11" })), `∇J, con los ${n} ejemplos`),
      crear("span", null, muestra("gr-c0", svg("circle", { cx: 7, cy: 7, r: 3.5 })), `${sorteos} lotes al azar`)),
    crear("div", { class: "gr-cuerpo" },
      crear("div", { class: "gr-nube" }, nube.nodo),
      crear("div", { class: "gr-controles" },
        mandoLote.nodo,
        crear("div", { class: "gr-medidas" },
          crear("dl", null, fila("norma", "‖∇J‖"), fila("medida", "Dispersión medida"), fila("recta", "σ/√B"),
            fila("teoria", "σ/√B, con corrección"), fila("agudos", "A menos de 90° de ∇J"))),
        aviso,
        crear("div", { class: "gr-botones" }, ...botones)),
      crear("div", { class: "gr-plano" }, pesos.nodo),
      crear("div", { class: "gr-curva" }, curva.nodo),
      crear("p", { class: "gr-ayuda" },
        `Pesos w₁ (${nombres[0]}) y w₂ (${nombres[1]}) de una regresión lineal de ${nombres[2]}; J es el error cuadrático medio. `
        + "El cuadrado es el punto en que se deriva: se mueve con el ratón, el dedo o las flechas. "
        + "El círculo de trazos tiene por radio la dispersión teórica; σ es la de un solo ejemplo.")));
  const decir = anunciador(raiz);
  const desmontar = montar(el, raiz);

  /* --- dibujo --- */
  function flecha(ctx, de, a, grosor) {
    const [dx, dy] = [a[0] - de[0], a[1] - de[1]];
    const largo = Math.hypot(dx, dy);
    ctx.lineWidth = grosor;
    ctx.beginPath();
    ctx.moveTo(...de);
    ctx.lineTo(...a);
    if (largo > 6) {
      const [ex, ey] = [dx / largo, dy / largo];
      ctx.moveTo(a[0] - 9 * ex + 5 * ey, a[1] - 9 * ey - 5 * ex);
      ctx.lineTo(...a);
      ctx.lineTo(a[0] - 9 * ex - 5 * ey, a[1] - 9 * ey + 5 * ex);
    }
    ctx.stroke();
  }

  function dibujarPesos(paleta) {
    const ctx = pesos.preparar();
    pintarNiveles(ctx, pesos, tramos, N, paleta.gris);
    const sitio = ([u, v]) => [pesos.px(u), pesos.py(v)];
    const [a, o] = sitio(optimo);
    pintarCruz(ctx, [a, o], paleta);
    poner(rotulos.minimo, { x: a, y: o + 22 }, []);
    ctx.restore();
    aqui.situar(...sitio(w), (100 * (w[0] + lado)) / (2 * lado), `w₁ = ${num(w[0])}; w₂ = ${num(w[1])}`);
  }

  function dibujarNube(paleta) {
    const ctx = nube.preparar();
    const sitio = ([u, v]) => [nube.px(u), nube.py(v)];
    const origen = sitio([0, 0]);
    ctx.strokeStyle = rgba(paleta.gris, 0.6);
    ctx.lineWidth = 1;
    ctx.beginPath();
    ctx.moveTo(nube.m.izq, origen[1]);
    ctx.lineTo(nube.m.izq + nube.ancho, origen[1]);
    ctx.moveTo(origen[0], nube.m.arr);
    ctx.lineTo(origen[0], nube.m.arr + nube.alto);
    ctx.stroke();
    const puntas = medido.nubes[lote];
    ctx.strokeStyle = rgba(paleta.clase0, 0.22);
    ctx.lineWidth = 0.8;
    ctx.beginPath();
    for (const p of puntas) {
      ctx.moveTo(...origen);
      ctx.lineTo(...sitio(p));
    }
    ctx.stroke();
    ctx.fillStyle = rgba(paleta.clase0, 0.75);
    for (const p of puntas) {
      ctx.beginPath();
      ctx.arc(...sitio(p), 2.4, 0, 2 * Math.PI);
      ctx.fill();
    }
    const centro = sitio(medido.g);
    const radio = medido.teoria[lote];
    ctx.strokeStyle = rgba(paleta.tinta);
    ctx.lineWidth = 1.5;
    ctx.setLineDash([5, 4]);
    ctx.beginPath();
    ctx.ellipse(...centro, (radio / (2 * ladoG)) * nube.ancho, (radio / (2 * ladoG)) * nube.alto, 0, 0, 2 * Math.PI);
    ctx.stroke();
    ctx.setLineDash([]);
    for (const [grosor, color] of [[6, paleta.fondo], [3, paleta.acento]]) {
      ctx.strokeStyle = rgba(color);
      flecha(ctx, origen, centro, grosor);
    }
    ctx.restore();
    const idos = puntas.filter((p) => p.some((v) => Math.abs(v) > ladoG)).length;
    poner(rotulos.fuera, { x: nube.m.izq + nube.ancho - 6, y: nube.m.arr + 17 }, []);
    escribir(rotulos.fuera, idos ? `${idos} fuera del dibujo` : "");
  }

  function dibujarCurva(paleta) {
    const { sigma, medidas, teoria } = medido;
    const penultimo = tamanos[tamanos.length - 2];
    ejesLog.y = [Math.log10(teoria[penultimo]) - 0.35, Math.log10(sigma) + 0.18];
    const ctx = curva.preparar();
    const sitio = (b, d) => [curva.px(Math.log2(b)), curva.py(Math.log10(d))];
    const linea = (f) => {
      ctx.beginPath();
      for (let k = 0; k <= 200; k++) {
        const b = k < 200 ? n ** (k / 200) : n - 1e-3 * n;
        const s = sitio(b, f(b));
        if (k) ctx.lineTo(...s); else ctx.moveTo(...s);
      }
      ctx.stroke();
    };
    const recta = (b) => sigma / Math.sqrt(b);
    ctx.strokeStyle = rgba(paleta.gris);
    ctx.lineWidth = 1.5;
    ctx.setLineDash([5, 4]);
    linea(recta);
    ctx.setLineDash([]);
    ctx.strokeStyle = rgba(paleta.acento);
    ctx.lineWidth = 2.2;
    linea((b) => recta(b) * Math.sqrt((n - b) / (n - 1)));
    for (const b of tamanos.slice(0, -1)) {
      ctx.beginPath();
      ctx.arc(...sitio(b, medidas[b]), b === lote ? 7 : 4, 0, 2 * Math.PI);
      ctx.fillStyle = rgba(paleta.clase0);
      ctx.fill();
      ctx.lineWidth = b === lote ? 2.5 : 1;
      ctx.strokeStyle = rgba(b === lote ? paleta.tinta : paleta.fondo);
      ctx.stroke();
    }
    ctx.restore();
    const medio = tamanos[Math.floor(tamanos.length / 2) - 1];
    const [ax, ay] = sitio(medio, recta(medio));
    poner(rotulos.recta, { x: ax + 12, y: ay - 10 }, []);
    const [bx, by] = sitio(penultimo, teoria[penultimo]);
    poner(rotulos.corregida, { x: bx - 14, y: by + 14 }, []);
    poner(rotulos.cero, { x: curva.m.izq + curva.ancho - 5, y: curva.m.arr + 17 }, []);
    escribir(rotulos.cero, lote === n ? `con B = ${n}, dispersión 0` : "");
  }

  const esNulo = (norma) => norma < 0.02 * medido.sigma;

  function situacion(norma, medida) {
    if (lote === n) return `El lote es el conjunto entero: los ${sorteos} gradientes son ∇J.`;
    if (esNulo(norma)) return "En el mínimo, ∇J es nulo y el ruido no: cada lote empuja hacia un lado.";
    if (medida > norma) return "El ruido supera a ∇J.";
    return `∇J es ${num(norma / medida, 1)} veces el ruido.`;
  }

  function dibujar() {
    if (!raiz.clientWidth) return; // aún sin sitio en la página: avisará ResizeObserver
    const paleta = colores(raiz);
    dibujarPesos(paleta);
    dibujarNube(paleta);
    dibujarCurva(paleta);
    mandoLote.fijar(tamanos.indexOf(lote));
    const { g, sigma, medidas, teoria, nubes } = medido;
    const norma = Math.hypot(...g);
    const medida = lote === n ? 0 : medidas[lote];
    const agudos = nubes[lote].filter((p) => producto(p, g) > 0).length;
    escribir(cifra.norma, num(norma, 3));
    escribir(cifra.medida, num(medida, 3));
    escribir(cifra.recta, num(sigma / Math.sqrt(lote), 3));
    escribir(cifra.teoria, num(teoria[lote], 3));
    // Con un gradiente nulo no hay ángulo que medir.
    escribir(cifra.agudos, esNulo(norma) ? "—" : `${num((100 * agudos) / sorteos, 0)}\u00a0%`);
    escribir(aviso, situacion(norma, medida));
    decir(`Lotes de ${lote}: dispersión medida ${num(medida, 3)}; en teoría, ${num(teoria[lote], 3)}. `
      + `Norma del gradiente, ${num(norma, 3)}. ${situacion(norma, medida)}`);
  }

  const pedir = porCuadro(dibujar);
  const enlace = enlazar(model, { w: () => [...w], lote: () => lote, semilla: () => semilla }, () => {
    ({ w, lote, semilla } = leerModelo());
    sortear();
    medir();
    pedir();
  });
  sortear();
  medir();
  const dejarDeVigilar = vigilar([pesos.nodo, nube.nodo, curva.nodo], pedir);
  dibujar();
  return alDesmontar(pedir.anular, decir.anular, dejarDeVigilar, enlace.soltar, desmontar);
}

export default { render };
