import { Component, onWillStart, useEffect, useRef, xml } from "@odoo/owl";
import { loadBundle } from "@web/core/assets";
import { cookie } from "@web/core/browser/cookie";
import { getColor, getCustomColor } from "@web/core/colors/colors";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/**
 * Bars side by side, from {labels, notes, series: [{name, values}], across, up}: `notes` stand under the title of a bar's tooltip,
 * `across` and `up` are the titles of the axes.
 */
class LoyaltyPlot extends Component {
    static template = xml`<div class="o_loyalty_plot" role="img" t-att-aria-label="label"><canvas t-ref="canvas"/></div>`;
    static props = { ...standardFieldProps };

    setup() {
        this.canvas = useRef("canvas");
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            (plot) => {
                const chart = plot && new Chart(this.canvas.el, this.config(plot)); // eslint-disable-line no-undef
                return () => chart && chart.destroy();
            },
            () => [this.plot]
        );
    }

    get plot() {
        return this.props.record.data[this.props.name];
    }

    /** What the picture shows, for whoever can't see it. */
    get label() {
        const { labels = [], series = [], up = "" } = this.plot || {};
        const bars = labels.map((label, at) => [label, ...series.map((one) => `${one.name} ${one.values[at]}`)].join(", "));
        return [up, ...bars].join("; ");
    }

    config(plot) {
        const scheme = cookie.get("color_scheme");
        const grid = getCustomColor(scheme, "#d8dadd", "#3C3E4B");
        const text = getCustomColor(scheme, "#111827", "#E4E4E4");
        const axis = (title, extra) => ({
            title: { display: true, text: title, color: text },
            ticks: { color: text },
            grid: { color: grid },
            ...extra,
        });
        return {
            type: "bar",
            data: {
                labels: plot.labels,
                datasets: plot.series.map((one, at) => ({
                    label: one.name,
                    data: one.values,
                    backgroundColor: getColor(at, scheme, "odoo"),
                })),
            },
            options: {
                animation: false,
                maintainAspectRatio: false,
                plugins: {
                    legend: { position: "top", labels: { color: text } },
                    tooltip: { mode: "index", callbacks: { afterTitle: ([item]) => plot.notes[item.dataIndex] } },
                },
                scales: {
                    x: axis(plot.across, { grid: { display: false } }),
                    y: axis(plot.up, { beginAtZero: true }),
                },
            },
        };
    }
}

registry.category("fields").add("loyalty_plot", { component: LoyaltyPlot, supportedTypes: ["json"] });
