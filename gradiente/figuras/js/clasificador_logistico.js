/* Clasificador logístico: se arrastran la frontera y el umbral. */

export const calculos = {
  sigmoide, softplus, probabilidades, coste, gradiente, confusion, metricas, curvaPR, ajustar,
  redondear, num,
};

function render({ model, el }) {
  const [X, y, nombres, clases, l2] = ["x", "y", "nombres", "clases", "l2"].map((k) => model.get(k));
  const dominio = dominioDe(X);
  const [dx, dy] = [dominio.x[1] - dominio.x[0], dominio.y[1] - dominio.y[0]];
  const leerModelo = () => ({ w: [...model.get("w")], b: model.get("b"), umbral: model.get("umbral") });
  const inicial = leerModelo();
  let { w, b, umbral } = inicial;

  /* La frontera se maneja en coordenadas 0-1 del recuadro: z = ω·(u, v) + c. Los extremos
     A y B la fijan; el signo dice a qué lado queda la clase 1; el tamaño de ω, la pendiente. */
  let A, B, C, signo;
  const omega = () => [w[0] * dx, w[1] * dy];
  const pendiente = () => Math.hypot(...omega());
  const aUnidad = ([x, v]) => [(x - dominio.x[0]) / dx, (v - dominio.y[0]) / dy];

  function colocarTiradores() {
    const corte = recta(w, b, dominio);
    if (!corte) { // la frontera queda fuera: solo el tirador central, en el borde más cercano
      const o = omega();
      const z = o[0] / 2 + o[1] / 2 + b + w[0] * dominio.x[0] + w[1] * dominio.y[0];
      C = o.map((oj) => limitar(0.5 - (oj * z) / pendiente() ** 2, 0.04, 0.96));
      A = B = null;
      return;
    }
    const [P, Q] = corte.map(aUnidad);
    A = P.map((p, j) => p + 0.16 * (Q[j] - p));
    B = P.map((p, j) => p + 0.84 * (Q[j] - p));
    C = A.map((a, j) => (a + B[j]) / 2);
    const o = omega();
    signo = Math.sign(-(B[1] - A[1]) * o[0] + (B[0] - A[0]) * o[1]) || 1;
  }

  function fijarPorOmega(o, punto) {
    w = [o[0] / dx, o[1] / dy];
    b = -(o[0] * punto[0] + o[1] * punto[1]) - w[0] * dominio.x[0] - w[1] * dominio.y[0];
  }

  let animacion = 0;
  const pararAnimacion = () => cancelAnimationFrame(animacion);

  function moverExtremo(cual, u, v) {
    if (!A) return;
    pararAnimacion();
    const [fijo, k] = [cual === "A" ? B : A, pendiente()];
    let punto = [limitar(u, 0.03, 0.97), limitar(v, 0.03, 0.97)];
    const d = [(punto[0] - fijo[0]) * plano.ancho, (punto[1] - fijo[1]) * plano.alto];
    const lejos = Math.hypot(...d);
    const minimo = Math.min(110, 0.4 * plano.ancho);
    if (lejos < minimo) {
      if (lejos < 1) return;
      punto = [fijo[0] + (d[0] * minimo) / lejos / plano.ancho, fijo[1] + (d[1] * minimo) / lejos / plano.alto];
    }
    if (cual === "A") A = punto; else B = punto;
    C = A.map((a, j) => (a + B[j]) / 2);
    const n = [-(B[1] - A[1]) * signo, (B[0] - A[0]) * signo];
    const largo = Math.hypot(...n);
    fijarPorOmega(n.map((nj) => (k * nj) / largo), fijo);
    pedir();
  }

  function moverCentro(u, v) {
    pararAnimacion();
    const punto = [limitar(u, 0.03, 0.97), limitar(v, 0.03, 0.97)];
    const antes = C;
    fijarPorOmega(omega(), punto);
    if (!A) colocarTiradores();
    else [A, B] = [A, B].map((p) => p.map((pj, j) => pj + punto[j] - antes[j]));
    C = punto;
    pedir();
  }

  function alSoltar() {
    const dentro = (p) => p && p.every((v) => v >= 0.02 && v <= 0.98);
    if (!dentro(A) || !dentro(B)) colocarTiradores();
    enlace.guardar();
    pedir();
  }

  /* --- nodos --- */
  const raiz = crear("div", { class: "gr-fig gr-clasificador" });
  const plano = marco({
    rotuloX: nombres[0], rotuloY: nombres[1], dominio,
    alto: (ancho) => limitar(1.1 * ancho, 240, 420),
    descripcion: "Datos, probabilidades y frontera",
  });
  const pr = marco({
    rotuloX: "exhaustividad", rotuloY: "precisión", dominio: { x: [0, 1.04], y: [0, 1.06] },
    alto: () => 116, descripcion: "Curva precisión-exhaustividad",
  });
  const lineas = {
    mitad: svg("line", { class: "gr-mitad" }), umbral: svg("line", { class: "gr-linea" }),
    flecha: svg("path", { class: "gr-flecha" }),
    rotuloMitad: svg("text", { class: "gr-nota" }), rotuloUmbral: svg("text", { class: "gr-nota gr-fuerte" }),
    aviso: svg("text", { class: "gr-nota", "text-anchor": "middle" }),
  };
  plano.encima.append(...Object.values(lineas));
  const punto = svg("circle", { r: 5.5, class: "gr-punto" });
  pr.encima.append(punto);

  const enPlano = (mover) => (px, py) => mover(...aUnidad([plano.x(px), plano.y(py)]));
  const tiradores = {
    A: tirador({ padre: plano.nodo, rotulo: "Primer extremo de la frontera", alMover: enPlano((u, v) => moverExtremo("A", u, v)), alSoltar }),
    B: tirador({ padre: plano.nodo, rotulo: "Segundo extremo de la frontera", alMover: enPlano((u, v) => moverExtremo("B", u, v)), alSoltar }),
    C: tirador({ padre: plano.nodo, rotulo: "Centro de la frontera", clase: "gr-centro", alMover: enPlano(moverCentro), alSoltar }),
  };

  const guardar = () => enlace.guardar();
  const mandoUmbral = deslizador({
    rotulo: "Umbral", min: 0.01, max: 0.99, paso: 0.01,
    formato: (v) => num(v, v < 0.01 || v > 0.99 ? 4 : 2),
    alCambiar: (v) => { pararAnimacion(); umbral = v; pedir(); }, alSoltar: guardar,
  });
  const norma = () => cifras(Math.hypot(...w));
  const mandoPendiente = deslizador({
    rotulo: "Pendiente ‖w‖", min: 0, max: 2.4, paso: 0.02, formato: norma,
    alCambiar: (v) => {
      pararAnimacion();
      const k = 10 ** v / pendiente();
      w = w.map((wj) => wj * k);
      b *= k;
      pedir();
    },
    alSoltar: guardar,
  });
  let nota;
  const controles = crear("div", { class: "gr-controles" },
    crear("div", { class: "gr-mandos" }, mandoUmbral.nodo, mandoPendiente.nodo),
    crear("div", { class: "gr-botones" },
      boton("Ajustar", ajustarFrontera, { title: "Lleva la frontera a los parámetros que minimizan el coste" }),
      boton("Restablecer", () => irA(inicial)),
      (nota = crear("p", { class: "gr-aviso" }))));

  const celdas = {};
  const celda = (clave, nombre, clase) => crear("td", { class: `gr-p${clase}` },
    crear("abbr", { title: nombre }, clave.toUpperCase()), (celdas[clave] = crear("strong")));
  const matriz = crear("table", { class: "gr-matriz" },
    crear("caption", null, "Matriz de confusión"),
    crear("thead", null, crear("tr", null,
      crear("th", { scope: "col" }, "Predicha →", crear("br"), "Real ↓"),
      crear("th", { scope: "col" }, clases[0]), crear("th", { scope: "col" }, clases[1]))),
    crear("tbody", null,
      crear("tr", null, crear("th", { scope: "row" }, clases[0]),
        celda("vn", "verdaderos negativos", 0), celda("fp", "falsos positivos", 1)),
      crear("tr", null, crear("th", { scope: "row" }, clases[1]),
        celda("fn", "falsos negativos", 0), celda("vp", "verdaderos positivos", 1))));

  const cifra = {};
  const fila = (clave, nombre) => {
    cifra[clave] = crear("dd", { class: "gr-cifra" });
    cifra[`${clave}De`] = crear("dd", { class: "gr-razon" });
    return crear("div", null, crear("dt", null, nombre), cifra[clave], cifra[`${clave}De`]);
  };
  const medidas = crear("div", { class: "gr-medidas" },
    crear("dl", null, fila("exactitud", "Exactitud"), fila("precision", "Precisión"),
      fila("exhaustividad", "Exhaustividad"), fila("coste", "Coste J")));

  raiz.append(
    leyenda(clases, y, "mal clasificado"),
    crear("p", { class: "gr-ayuda" },
      "Los tiradores redondos giran la recta p\u00a0=\u00a00,5 y el cuadrado la desplaza: con el ratón, el dedo o las flechas."),
    crear("div", { class: "gr-cuerpo" },
      crear("div", { class: "gr-plano" }, plano.nodo), controles, medidas, matriz,
      crear("div", { class: "gr-pr" }, pr.nodo),
      crear("p", { class: "gr-ayuda" },
        "La línea continua es la frontera de decisión, p\u00a0=\u00a0umbral. J es la entropía cruzada media"
        + (l2 ? ` más (λ/2)‖w‖², con λ\u00a0=\u00a0${cifras(l2, 2)}.` : "."))));
  const decir = anunciador(raiz);
  const desmontar = montar(el, raiz);

  /* --- acciones --- */
  function irA(meta, mensaje = "") {
    pararAnimacion();
    const desde = { w, b, umbral };
    const comienzo = performance.now();
    const mezcla = (a, z, t) => a + (z - a) * t;
    const cuadro = (ahora) => {
      const t = sinMovimiento() ? 1 : limitar((ahora - comienzo) / 450, 0, 1);
      const s = t * t * (3 - 2 * t);
      w = t < 1 ? desde.w.map((wj, j) => mezcla(wj, meta.w[j], s)) : [...meta.w];
      if (!w.some(Boolean)) w = [...meta.w];
      b = mezcla(desde.b, meta.b, t < 1 ? s : 1);
      umbral = mezcla(desde.umbral, meta.umbral, t < 1 ? s : 1);
      if (t === 1) ({ b, umbral } = meta);
      colocarTiradores();
      dibujar();
      if (t < 1) animacion = requestAnimationFrame(cuadro);
      else {
        enlace.guardar();
        aviso = mensaje;
        pedir();
      }
    };
    cuadro(comienzo);
  }

  let aviso = "";
  function ajustarFrontera() {
    const r = ajustar(X, y, l2);
    let mensaje = "Ajustada: este es el mínimo del coste.";
    if (r.separable) mensaje = "Los datos se separan con una recta: sin regularización el coste baja sin fin y no hay óptimo.";
    else if (!r.converge) mensaje = "El ajuste no ha convergido.";
    irA({ w: r.w.map((v) => redondear(v, 6)), b: redondear(r.b, 6), umbral }, mensaje);
  }

  /* --- dibujo --- */
  /** Dibuja una recta y su rótulo en un extremo: 0, el de arriba; 1, el de abajo. `lado` es
      hacia dónde va el texto para no cruzar la otra recta: -1, 1 o 0, que es indiferente. */
  function situarLinea(nodo, rotulo, texto, z, extremo, lado) {
    const corte = recta(w, b, dominio, z);
    nodo.style.display = rotulo.style.display = corte ? "" : "none";
    if (!corte) return;
    const [P, Q] = corte.map(([a, o]) => [plano.px(a), plano.py(o)]);
    poner(nodo, { x1: P[0], y1: P[1], x2: Q[0], y2: Q[1] }, []);
    const alto = [P, Q].sort((p, q) => (p[1] - q[1]) || (p[0] - q[0]))[extremo];
    const otro = alto === P ? Q : P;
    const sitio = { "-1": alto[0] - plano.m.izq, 1: plano.m.izq + plano.ancho - alto[0] };
    const cabe = lado && sitio[lado] > 24 + 7.5 * texto.length;
    const derecha = cabe ? lado > 0 : sitio[-1] < sitio[1];
    // La recta se inclina bajo el rótulo: se aparta lo que avanza en dos renglones.
    const inclina = limitar((28 * (otro[0] - alto[0])) / Math.max(1, Math.abs(otro[1] - alto[1])), -60, 60);
    const hueco = derecha ? 9 + Math.max(0, inclina) : -9 + Math.min(0, inclina);
    poner(rotulo, {
      x: limitar(alto[0] + hueco, plano.m.izq + 6, plano.m.izq + plano.ancho - 6),
      y: limitar(alto[1] + (extremo ? -8 : 16), plano.m.arr + 15, plano.m.arr + plano.alto - 8),
      "text-anchor": derecha ? "start" : "end",
    }, []);
    escribir(rotulo, texto);
  }

  function dibujarPlano(paleta, p) {
    const ctx = plano.preparar();
    pintarProbabilidad(ctx, plano, dominio, w, b, paleta);
    pintarPuntos(ctx, plano, X, y, p.map((pi, i) => (pi >= umbral) !== (y[i] === 1)), paleta);
    ctx.restore();
    const logit = Math.log(umbral / (1 - umbral));
    const juntas = Math.abs(umbral - 0.5) < 0.005;
    const paradas = Math.abs(w[0]) * dx / plano.ancho > Math.abs(w[1]) * dy / plano.alto;
    const lado = paradas && !juntas ? Math.sign(logit * w[0]) : 0; // el de la del umbral
    situarLinea(lineas.mitad, lineas.rotuloMitad, juntas ? "" : "p = 0,5", 0, 1, -lado);
    situarLinea(lineas.umbral, lineas.rotuloUmbral, `umbral p = ${num(umbral)}`, logit, 0, lado);
    const fuera = !A;
    lineas.aviso.style.display = fuera ? "" : "none";
    poner(lineas.aviso, { x: plano.m.izq + plano.ancho / 2, y: plano.m.arr + 22 }, []);
    escribir(lineas.aviso, "La recta p = 0,5 queda fuera del dibujo");

    const sitio = ([u, v]) => [plano.m.izq + u * plano.ancho, plano.m.arr + (1 - v) * plano.alto];
    for (const [clave, q] of Object.entries({ A, B, C })) {
      tiradores[clave].nodo.hidden = !q;
      if (!q) continue;
      const [a, o] = [dominio.x[0] + q[0] * dx, dominio.y[0] + q[1] * dy];
      tiradores[clave].situar(...sitio(q), 100 * q[0], `${nombres[0]}: ${cifras(a)}; ${nombres[1]}: ${cifras(o)}`);
    }
    // Flecha desde el centro hacia la clase 1, perpendicular a la frontera en pantalla.
    const g = [w[0] * dx / plano.ancho, -w[1] * dy / plano.alto];
    const n = Math.hypot(...g);
    const [c0, c1] = sitio(C);
    const [e0, e1] = [g[0] / n, g[1] / n];
    const punta = [c0 + 46 * e0, c1 + 46 * e1];
    const ala = (lado) => `${punta[0] - 8 * e0 + lado * 5 * e1},${punta[1] - 8 * e1 - lado * 5 * e0}`;
    lineas.flecha.style.display = fuera ? "none" : "";
    poner(lineas.flecha, { d: `M${c0 + 13 * e0},${c1 + 13 * e1}L${punta}M${ala(1)}L${punta}L${ala(-1)}` }, []);
  }

  function dibujarPR(paleta, p, m) {
    const ctx = pr.preparar();
    const curva = curvaPR(p, y);
    const base = y.reduce((a, c) => a + c, 0) / y.length;
    ctx.strokeStyle = rgba(paleta.gris);
    ctx.setLineDash([4, 4]);
    ctx.beginPath();
    ctx.moveTo(pr.px(0), pr.py(base));
    ctx.lineTo(pr.px(1), pr.py(base));
    ctx.stroke();
    ctx.setLineDash([]);
    ctx.strokeStyle = rgba(paleta.acento);
    ctx.lineWidth = 2;
    ctx.lineJoin = "round";
    ctx.beginPath();
    curva.forEach((q, i) => {
      // Escalonada: interpolar en línea recta prometería más precisión de la que hay.
      const antes = pr.px(i ? curva[i - 1].exhaustividad : 0);
      if (i) ctx.lineTo(antes, pr.py(q.precision)); else ctx.moveTo(antes, pr.py(q.precision));
      ctx.lineTo(pr.px(q.exhaustividad), pr.py(q.precision));
    });
    ctx.stroke();
    ctx.restore();
    punto.style.display = m.precision === null ? "none" : "";
    if (m.precision !== null) poner(punto, { cx: pr.px(m.exhaustividad), cy: pr.py(m.precision) }, []);
  }

  function dibujar() {
    if (!raiz.clientWidth) return; // aún sin sitio en la página: avisará ResizeObserver
    const paleta = colores(raiz);
    const p = probabilidades(X, w, b);
    const c = confusion(p, y, umbral);
    const m = metricas(c);
    const J = coste(X, y, w, b, l2);
    dibujarPlano(paleta, p);
    dibujarPR(paleta, p, m);
    mandoUmbral.fijar(umbral);
    mandoPendiente.fijar(Math.log10(pendiente()));
    for (const k of ["vp", "fp", "fn", "vn"]) escribir(celdas[k], String(c[k]));
    for (const k of ["exactitud", "precision", "exhaustividad"]) escribir(cifra[k], num(m[k], 3));
    escribir(cifra.coste, num(J, 3));
    escribir(cifra.exactitudDe, `${c.vp + c.vn}/${y.length}`);
    escribir(cifra.precisionDe, `${c.vp}/${c.vp + c.fp}`);
    escribir(cifra.exhaustividadDe, `${c.vp}/${c.vp + c.fn}`);
    escribir(cifra.costeDe, l2 ? "con L2" : "");
    const indefinida = m.precision === null
      ? "La precisión no está definida (0/0): con este umbral no se predice ningún positivo." : "";
    escribir(nota, aviso || indefinida);
    decir(`${aviso} Exactitud ${num(m.exactitud, 3)}, precisión ${m.precision === null ? "no definida" : num(m.precision, 3)}, `
      + `exhaustividad ${num(m.exhaustividad, 3)}. Falsos positivos, ${c.fp}; falsos negativos, ${c.fn}. Coste ${num(J, 3)}.`);
    aviso = "";
  }

  const pedir = porCuadro(dibujar);
  const enlace = enlazar(model, {
    w: () => w.map((v) => redondear(v, 6)), b: () => redondear(b, 6), umbral: () => redondear(umbral),
  }, () => { ({ w, b, umbral } = leerModelo()); colocarTiradores(); pedir(); });
  colocarTiradores();
  const dejarDeVigilar = vigilar([plano.nodo, pr.nodo], pedir);
  dibujar();
  return alDesmontar(pararAnimacion, pedir.anular, decir.anular, dejarDeVigilar, enlace.soltar, desmontar);
}

export default { render };
