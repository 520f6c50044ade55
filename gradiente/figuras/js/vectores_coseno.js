/* Dos vectores del plano, que se arrastran por la punta. */

/** Lo que se mide de dos vectores del plano. Si alguno es nulo no hay ángulo ni coseno, y
    sobre un vector nulo no se proyecta: ahí, null. */
function medirVectores(u, v) {
  const [normaU, normaV] = [Math.hypot(...u), Math.hypot(...v)];
  const punto = producto(u, v);
  const m = {
    normaU, normaV, producto: punto, distancia: Math.hypot(u[0] - v[0], u[1] - v[1]),
    coseno: null, angulo: null, sombra: null, proyeccion: null,
  };
  if (normaV > 0) {
    m.sombra = punto / normaV; // componente de u a lo largo de v, con su signo
    m.proyeccion = v.map((c) => (m.sombra / normaV) * c);
  }
  if (normaU > 0 && normaV > 0) {
    m.coseno = limitar(punto / (normaU * normaV), -1, 1);
    // El arco coseno pierde cifras cerca de 0° y de 180°; el arco tangente, no.
    m.angulo = (Math.atan2(Math.abs(u[0] * v[1] - u[1] * v[0]), punto) * 180) / Math.PI;
  }
  return m;
}

/** Lo que conviene saber de la posición actual, en una o dos frases. */
function comentarVectores(u, v) {
  const m = medirVectores(u, v);
  const nulos = [["u", m.normaU], ["v", m.normaV]].filter(([, n]) => n === 0).map(([letra]) => letra);
  if (nulos.length) {
    const quien = nulos.length > 1 ? "u y v son vectores nulos: no tienen" : `${nulos[0]} es el vector nulo: no tiene`;
    return `${quien} dirección, y el coseno y el ángulo no están definidos (0/0).`
      + (m.normaV ? " Su proyección sobre v también es nula." : " Tampoco hay recta sobre la que proyectar u.");
  }
  if (Math.abs(m.coseno) < 1e-9) return "Perpendiculares: el producto escalar y el coseno son 0, y la proyección es el vector nulo.";
  if (m.coseno > 1 - 1e-9) return "Misma dirección y mismo sentido: el coseno es 1, sean cuales sean las normas.";
  if (m.coseno < 1e-9 - 1) return "Misma dirección y sentidos opuestos: el coseno es −1, sean cuales sean las normas.";
  if (Math.abs(m.normaU - 1) + Math.abs(m.normaV - 1) < 1e-3) return "Los dos tienen norma 1: el producto escalar es el coseno.";
  if (m.producto < 0) return "Producto escalar negativo: el ángulo pasa de 90° y la proyección cae en el sentido contrario a v.";
  return "Producto escalar positivo: el ángulo no llega a 90° y la proyección cae en el sentido de v.";
}

export const calculos = { medirVectores, comentarVectores };

function render({ model, el }) {
  const lado = model.get("limites");
  const leerModelo = () => ({ u: [...model.get("u")], v: [...model.get("v")] });
  const inicial = leerModelo();
  let { u, v } = inicial;
  let aviso = "";

  /* --- nodos --- */
  const raiz = crear("div", { class: "gr-fig gr-vectores" });
  const plano = marco({
    rotuloX: "componente 1", rotuloY: "componente 2", dominio: { x: [-lado, lado], y: [-lado, lado] },
    alto: (ancho) => ancho, // la misma escala en los dos ejes: los ángulos se ven como son
    descripcion: "Los vectores u y v en el plano",
  });
  const rotulos = {};
  for (const clave of ["resta", "angulo", "proyeccion", "v", "u"]) {
    rotulos[clave] = svg("text", { class: `gr-nota gr-tono-${clave}`, "text-anchor": "middle" });
    plano.encima.append(rotulos[clave]);
  }
  const mover = (fijar) => (px, py) => {
    fijar([plano.x(px), plano.y(py)].map((c) => Math.round(10 * limitar(c, -lado, lado)) / 10 || 0));
    pedir();
  };
  const guardar = () => enlace.guardar();
  const punta = (letra, fijar) => tirador({
    padre: plano.nodo, rotulo: `Punta de ${letra}`, clase: `gr-punta-${letra}`, alMover: mover(fijar), alSoltar: guardar,
  });
  const tiradores = { u: punta("u", (p) => { u = p; }), v: punta("v", (p) => { v = p; }) };

  const cabe = () => v.every((c) => Math.abs(2 * c) <= lado);
  const normalizar = (w) => w.map((c) => redondear(c / (Math.hypot(...w) || 1)));
  const accion = (rotulo, cambiar) => boton(rotulo, () => { cambiar(); pedir(); guardar(); });
  const botones = {
    doble: accion("Duplicar v", () => {
      if (!cabe()) { aviso = "2v no cabe en el dibujo."; return; }
      v = v.map((c) => redondear(2 * c));
      if (Math.hypot(...u) && Math.hypot(...v)) aviso = "‖v‖ y el producto escalar se duplican; el ángulo, el coseno y la proyección siguen igual.";
    }),
    unidad: accion("Normalizar", () => { [u, v] = [normalizar(u), normalizar(v)]; }),
    nulo: accion("Anular v", () => { v = [0, 0]; }),
    volver: accion("Restablecer", () => { ({ u, v } = inicial); }),
  };
  const nota = crear("p", { class: "gr-aviso" });

  const cifra = {};
  const cuenta = {};
  const fila = (clave, nombre) => {
    cifra[clave] = crear("dd", { class: "gr-cifra" });
    cuenta[clave] = crear("dd", { class: "gr-razon" });
    return crear("div", null, crear("dt", null, nombre), cifra[clave], cuenta[clave]);
  };
  raiz.append(
    crear("p", { class: "gr-ayuda" },
      "Las puntas de los vectores se mueven con el ratón, el dedo o las flechas; quedan en décimas."),
    crear("div", { class: "gr-cuerpo" },
      crear("div", { class: "gr-plano" }, plano.nodo),
      crear("div", { class: "gr-medidas" },
        crear("dl", null,
          fila("normaU", "Norma ‖u‖"), fila("normaV", "Norma ‖v‖"), fila("producto", "Producto escalar u·v"),
          fila("coseno", "Coseno"), fila("angulo", "Ángulo"), fila("sombra", "Proyección de u sobre v"),
          fila("distancia", "Distancia ‖u − v‖"))),
      crear("div", { class: "gr-controles" },
        crear("div", { class: "gr-botones" }, ...Object.values(botones)), nota)));
  const decir = anunciador(raiz);
  const desmontar = montar(el, raiz);

  /* --- dibujo --- */
  const sitio = ([x, y]) => [plano.px(x), plano.py(y)];

  function trazo(ctx, puntos, color, grosor, rayas = []) {
    ctx.setLineDash(rayas);
    ctx.strokeStyle = color;
    ctx.lineWidth = grosor;
    ctx.beginPath();
    puntos.map(sitio).forEach((p, i) => { if (i) ctx.lineTo(...p); else ctx.moveTo(...p); });
    ctx.stroke();
    ctx.setLineDash([]);
  }

  /** Flecha desde el origen; su punta acaba donde empieza el círculo del tirador. */
  function flecha(ctx, w, color) {
    const [[x0, y0], [x1, y1]] = [sitio([0, 0]), sitio(w)];
    const largo = Math.hypot(x1 - x0, y1 - y0) - 9;
    if (largo < 3) return;
    const [ex, ey] = [(x1 - x0) / (largo + 9), (y1 - y0) / (largo + 9)];
    const en = (avance, lado_) => [x0 + avance * ex - lado_ * ey, y0 + avance * ey + lado_ * ex];
    ctx.strokeStyle = ctx.fillStyle = color;
    ctx.lineWidth = 3;
    ctx.beginPath();
    ctx.moveTo(x0, y0);
    ctx.lineTo(...en(Math.max(0, largo - 8), 0));
    ctx.stroke();
    ctx.beginPath();
    ctx.moveTo(...en(largo, 0));
    ctx.lineTo(...en(largo - 12, 6));
    ctx.lineTo(...en(largo - 12, -6));
    ctx.fill();
  }

  /** Rótulo a tantos píxeles de un punto del plano, hacia donde apunta un vector. */
  function situar(nodo, punto, hacia, lejos, texto) {
    escribir(nodo, texto);
    const n = Math.hypot(...hacia) || 1;
    const [x, y] = sitio(punto);
    const medio = 3.6 * texto.length;
    const dx = (hacia[0] / n) * (lejos + medio - 4);
    poner(nodo, {
      x: limitar(x + dx, plano.m.izq + medio + 4, plano.m.izq + plano.ancho - medio - 4),
      y: limitar(y - (hacia[1] / n) * lejos + 4, plano.m.arr + 14, plano.m.arr + plano.alto - 6),
    }, []);
  }

  function dibujarPlano(paleta, m) {
    const ctx = plano.preparar();
    for (const c of marcas(-lado, lado, 10).lista) {
      const color = rgba(paleta.gris, Math.abs(c) < 1e-9 ? 0.7 : 0.2);
      trazo(ctx, [[c, -lado], [c, lado]], color, 1);
      trazo(ctx, [[-lado, c], [lado, c]], color, 1);
    }
    const [gris, acento] = [rgba(paleta.gris), rgba(paleta.acento)];
    const resta = [u[0] - v[0], u[1] - v[1]];
    trazo(ctx, [u, v], gris, 1.5, [2, 4]);
    if (m.proyeccion) {
      const lejos = (3 * lado) / m.normaV;
      trazo(ctx, [v.map((c) => -lejos * c), v.map((c) => lejos * c)], rgba(paleta.gris, 0.6), 1);
      trazo(ctx, [u, m.proyeccion], acento, 1.75, [6, 4]);
      trazo(ctx, [[0, 0], m.proyeccion], acento, 9);
    }
    flecha(ctx, v, rgba(paleta.clase1));
    flecha(ctx, u, rgba(paleta.clase0));
    const giro = m.angulo === null ? 0 : Math.atan2(u[0] * v[1] - u[1] * v[0], m.producto);
    const desde = Math.atan2(u[1], u[0]);
    if (m.angulo !== null) {
      ctx.strokeStyle = rgba(paleta.tinta);
      ctx.lineWidth = 1.5;
      ctx.beginPath();
      ctx.arc(...sitio([0, 0]), 24, -desde, -desde - giro, giro > 0);
      ctx.stroke();
    }
    ctx.restore();

    const medio = desde + giro / 2;
    situar(rotulos.angulo, [0, 0], [Math.cos(medio), Math.sin(medio)], 38, m.angulo === null ? "" : `${num(m.angulo, 0)}°`);
    situar(rotulos.u, u, u, 22, "u");
    situar(rotulos.v, v, v, 22, "v");
    // Al lado de su línea que no mira al origen; si ahí estorbaría, calla.
    const mitad = [(u[0] + v[0]) / 2, (u[1] + v[1]) / 2];
    const signo = Math.sign(resta[1] * mitad[0] - resta[0] * mitad[1]);
    const cabeResta = signo && Math.hypot(...mitad) > 0.3 * lado && m.distancia > 0.25 * lado;
    situar(rotulos.resta, mitad, [signo * resta[1], -signo * resta[0]], 12, cabeResta ? "u − v" : "");
    const lejosDeU = m.proyeccion ? m.proyeccion.map((c, j) => c - u[j]) : [0, 0];
    const seVe = m.proyeccion && Math.abs(m.sombra) > 0.12 * lado && m.proyeccion.every((c) => Math.abs(c) <= lado);
    situar(rotulos.proyeccion, seVe ? m.proyeccion.map((c) => 0.6 * c) : [0, 0], lejosDeU, 18, seVe ? "proyección" : "");
    for (const [letra, w] of [["u", u], ["v", v]]) {
      tiradores[letra].situar(...sitio(w), (50 * (w[0] + lado)) / lado, `${letra} = ${par(w)}`);
    }
  }

  const decimales = (c) => [0, 1].find((k) => Math.abs(c * 10 ** k - Math.round(c * 10 ** k)) < 1e-9) ?? 2;
  const corto = (c) => num(c, decimales(c));
  const par = (w) => `(${w.map(corto).join("; ")})`;
  const factor = (c) => (c < 0 ? `(${corto(c)})` : corto(c));

  function escribirMedidas(m) {
    for (const k of ["normaU", "normaV", "producto", "coseno", "sombra", "distancia"]) escribir(cifra[k], num(m[k]));
    escribir(cifra.angulo, m.angulo === null ? "—" : `${num(m.angulo, 1)}°`);
    const raizDe = (w) => `√(${w.map((c) => `${factor(c)}²`).join(" + ")})`;
    const sinDefinir = "no definido: 0/0";
    escribir(cuenta.normaU, raizDe(u));
    escribir(cuenta.normaV, raizDe(v));
    escribir(cuenta.producto, u.map((c, j) => `${factor(c)} · ${factor(v[j])}`).join(" + "));
    escribir(cuenta.coseno, m.coseno === null ? sinDefinir : "u·v / (‖u‖ ‖v‖)");
    escribir(cuenta.angulo, m.angulo === null ? "no definido" : "el de ese coseno, de 0° a 180°");
    escribir(cuenta.sombra, m.proyeccion ? `u·v / ‖v‖, en el punto ${par(m.proyeccion)}` : "no definida: v es nulo");
    escribir(cuenta.distancia, raizDe([redondear(u[0] - v[0]), redondear(u[1] - v[1])]));
  }

  function dibujar() {
    if (!raiz.clientWidth) return; // aún sin sitio en la página: avisará ResizeObserver
    const m = medirVectores(u, v);
    dibujarPlano(colores(raiz), m);
    escribirMedidas(m);
    const comentario = aviso || comentarVectores(u, v);
    escribir(nota, comentario);
    botones.doble.setAttribute("aria-disabled", String(!cabe()));
    decir(`u = ${par(u)}, v = ${par(v)}. Producto escalar ${num(m.producto)}, coseno ${m.coseno === null ? "no definido" : num(m.coseno)}, `
      + `ángulo ${m.angulo === null ? "no definido" : `${num(m.angulo, 1)} grados`}, distancia ${num(m.distancia)}. ${comentario}`);
    aviso = "";
  }

  const pedir = porCuadro(dibujar);
  const enlace = enlazar(model, { u: () => u.map((c) => redondear(c)), v: () => v.map((c) => redondear(c)) },
    () => { ({ u, v } = leerModelo()); pedir(); });
  const dejarDeVigilar = vigilar([plano.nodo], pedir);
  dibujar();
  return alDesmontar(pedir.anular, decir.anular, dejarDeVigilar, enlace.soltar, desmontar);
}

export default { render };
