/* Monta las figuras interactivas sin núcleo de Jupyter ni widgets.
   Cada figura es un <div class="gradiente-figura" data-figura="NOMBRE"> con su estado
   en JSON y una descripción. Cuando se acerca a la pantalla se carga su guion, que se
   registra en window.GradienteFiguras[NOMBRE] = { render }, y se llama a
   render({ model, el }) con un modelo que hace lo mismo que el de anywidget. */
(function () {
  "use strict";
  var base = document.currentScript.src.replace(/[^/]*$/, "") + "figuras/";
  var cargas = {};

  function Modelo(estado) {
    this.estado = estado;
    this.oyentes = {};
  }
  Modelo.prototype.get = function (clave) {
    return this.estado[clave];
  };
  Modelo.prototype.set = function (clave, valor) {
    var nuevo = clave;
    if (typeof clave === "string") {
      nuevo = {};
      nuevo[clave] = valor;
    }
    var cambiadas = [];
    for (var nombre in nuevo) {
      if (this.estado[nombre] !== nuevo[nombre]) cambiadas.push(nombre);
      this.estado[nombre] = nuevo[nombre];
    }
    cambiadas.forEach(function (nombre) {
      this.avisar("change:" + nombre, this, nuevo[nombre]);
    }, this);
    if (cambiadas.length) this.avisar("change", this);
  };
  Modelo.prototype.save_changes = function () {};
  Modelo.prototype.send = function () {};
  Modelo.prototype.on = function (sucesos, oyente) {
    sucesos.split(/\s+/).forEach(function (suceso) {
      (this.oyentes[suceso] = this.oyentes[suceso] || []).push(oyente);
    }, this);
  };
  Modelo.prototype.off = function (suceso, oyente) {
    if (!suceso) this.oyentes = {};
    else if (!oyente) delete this.oyentes[suceso];
    else if (this.oyentes[suceso])
      this.oyentes[suceso] = this.oyentes[suceso].filter(function (otro) {
        return otro !== oyente;
      });
  };
  Modelo.prototype.avisar = function (suceso) {
    var argumentos = Array.prototype.slice.call(arguments, 1);
    (this.oyentes[suceso] || []).slice().forEach(function (oyente) {
      oyente.apply(null, argumentos);
    });
  };

  function cargar(nombre) {
    var listas = (window.GradienteFiguras = window.GradienteFiguras || {});
    if (!cargas[nombre])
      cargas[nombre] = new Promise(function (bien, mal) {
        var guion = document.createElement("script");
        guion.src = base + nombre + ".js";
        guion.onload = function () {
          if (listas[nombre]) bien(listas[nombre]);
          else mal(new Error("El guion de «" + nombre + "» no registra la figura."));
        };
        guion.onerror = function () {
          mal(new Error("No se ha podido cargar " + guion.src));
        };
        document.head.appendChild(guion);
      });
    return cargas[nombre];
  }

  function montar(figura) {
    var nombre = figura.dataset.figura;
    return cargar(nombre)
      .then(function (modulo) {
        var json = figura.querySelector('script[type="application/json"]');
        var modelo = new Modelo(JSON.parse(json.textContent));
        return modulo.render({ model: modelo, el: figura });
      })
      .then(function () {
        figura.classList.add("montada");
      })
      .catch(function (error) {
        /* La descripción se queda a la vista: la página sigue siendo legible. */
        figura.classList.add("sin-montar");
        console.error("Figura «" + nombre + "»: " + error.message);
      });
  }

  function empezar() {
    var figuras = document.querySelectorAll(".gradiente-figura[data-figura]");
    if (!("IntersectionObserver" in window)) return figuras.forEach(montar);
    var vigia = new IntersectionObserver(
      function (entradas) {
        entradas.forEach(function (entrada) {
          if (!entrada.isIntersecting) return;
          vigia.unobserve(entrada.target);
          montar(entrada.target);
        });
      },
      { rootMargin: "300px" }
    );
    figuras.forEach(function (figura) {
      vigia.observe(figura);
    });
  }

  if (document.readyState === "loading")
    document.addEventListener("DOMContentLoaded", empezar);
  else empezar();
})();
