"""The page's layout."""

STYLE = """
:root { --ink: #1d2126; --soft: #5b6570; --line: #dfe3e8; --paper: #ffffff; --tint: #f5f7f9; --other: #fdf6e7; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--tint); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 24px 20px 60px; }
h1 { font-size: 1.7rem; margin: 0 0 4px; }
h2 { font-size: 1.25rem; margin: 0; }
h3 { font-size: 0.95rem; margin: 22px 0 8px; color: var(--soft); font-weight: 600; }
p { margin: 6px 0; }
.soft { color: var(--soft); }
section { background: var(--paper); border: 1px solid var(--line); border-radius: 10px; padding: 18px 20px;
  margin-top: 20px; }
.scroll { overflow-x: auto; -webkit-overflow-scrolling: touch; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 0.9rem; }
th, td { padding: 6px 12px 6px 8px; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
thead th { font-weight: 600; vertical-align: bottom; }
tbody th { font-weight: 400; position: sticky; left: 0; background: var(--paper); min-width: 150px; max-width: 300px; }
tbody th small, td small { display: block; color: var(--soft); font-size: 0.8em; line-height: 1.35; }
td { white-space: nowrap; }
tr.main td, tr.main th { font-weight: 600; }
tr small { font-weight: 400; }
.other { background: var(--other); }
thead th.other { min-width: 105px; }
thead .group { border-bottom: 2px solid #e5c36b; color: #775b12; }
.dot { display: inline-block; width: 10px; height: 10px; border-radius: 50%; margin-right: 6px; }
.meter { position: relative; height: 8px; width: 130px; max-width: 100%; background: #e9edf1; border-radius: 4px;
  margin-top: 5px; }
.meter i { position: absolute; top: 0; height: 8px; border-radius: 4px; opacity: 0.35; }
.meter b { position: absolute; top: -2px; height: 12px; width: 3px; border-radius: 1px; }
.meter + small { margin-top: 4px; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); gap: 8px 28px; }
figure { margin: 0; max-width: 600px; }
svg { width: 100%; height: auto; display: block; }
svg text { font-size: 12.5px; fill: #3b444d; font-family: inherit; }
svg text.strong { font-weight: 600; } svg text.light { fill: #fff; } svg text.dark { fill: #1d2126; }
.strip img { display: block; height: 176px; width: auto; }
.strip { border: 1px solid var(--line); border-radius: 6px; margin-bottom: 10px; background: #fff; }
pre { background: var(--tint); border: 1px solid var(--line); border-radius: 6px; padding: 8px 10px; margin: 4px 0 10px;
  overflow-x: auto; font-size: 0.82rem; }
details summary { cursor: pointer; color: var(--soft); }
nav { display: flex; flex-wrap: wrap; gap: 6px 14px; margin-top: 10px; }
a { color: #0b62a4; }
@media (max-width: 600px) { main { padding: 14px 10px 40px; } section { padding: 14px 12px; border-radius: 8px; }
  th, td { padding: 6px 8px 6px 4px; } tbody th { max-width: 150px; min-width: 110px; font-size: 0.85rem; }
  tbody th small, thead .other small { display: none; } .strip img { height: 150px; } svg text { font-size: 16px; } }
"""

PAGE = """<!doctype html>
{% macro dot(colour) %}<span class="dot" style="background:{{ colour }}"></span>{% endmacro %}
{% macro meter(cell) %}<div class="meter">
<i style="left:{{ cell.low }}%;width:{{ cell.high - cell.low }}%;background:{{ cell.colour }}"></i>
<b style="left:calc({{ cell.value }}% - 1px);background:{{ cell.colour }}"></b></div>{% endmacro %}
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}</title>
<style>{{ style }}</style>
</head>
<body><main>
<h1>{{ title }}</h1>
<p class="soft">{{ made }}. Every figure comes with its 95 % interval (Wilson for shares, bootstrap for means) and
with what it is over; an en dash means that nothing defines it. Columns on a yellow ground are
<b>published numbers</b>: what papers print, from their own simulators and scenes, not results of this project.</p>
<nav>{% for section in sections %}<a href="#{{ section.anchor }}">{{ section.name }}</a>{% endfor %}</nav>

<section id="overview"><h2>Completion at a glance</h2>
<p class="soft">And the motion number: how many actions a completed trial takes.</p>
<div class="scroll"><table><thead><tr><th>protocol</th>
{% for policy in policies %}<th>{{ dot(policy.colour) }}{{ policy.label }}</th>{% endfor %}
{% if any_published %}<th class="other">published, the paper's own method</th>{% endif %}</tr></thead><tbody>
{% for line in overview %}<tr><th>{{ line.name }}<small>{{ line.description }}</small></th>
{% for cell in line.cells %}<td>{% if cell %}{{ cell.text }}<small>{{ cell.detail }}</small>
{% if cell.low is not none %}{{ meter(cell) }}{% endif %}
{% if cell.motions %}<small>motion number <b>{{ cell.motions }}</b></small>{% endif %}{% endif %}</td>{% endfor %}
{% if any_published %}<td class="other">{{ line.published }}
{% if line.published_motions %}<small>motion number <b>{{ line.published_motions }}</b></small>{% endif %}</td>
{% endif %}</tr>{% endfor %}
</tbody></table></div>
{% if by_objects %}<h3>Success against the number of objects</h3><div class="figures">
{% for name, figure in by_objects %}<figure><p class="soft">{{ name }}</p>{{ figure }}</figure>{% endfor %}
</div>{% endif %}
</section>

{% for section in sections %}
<section id="{{ section.anchor }}"><h2>{{ section.name }}</h2>
<p>{{ section.description }}. Target: {{ section.target }}. A trial ends after {{ section.rule }}.</p>
<p class="soft">{{ section.source }}.</p>
<div class="scroll"><table><thead>
{% if section.others %}<tr><th></th><th colspan="{{ section.rows|length }}">this project</th>
<th class="other group" colspan="{{ section.others|length }}">published, other simulators and scenes</th></tr>
{% endif %}
<tr><th>metric</th>
{% for row in section.rows %}<th>{{ dot(row.colour) }}{{ row.label }}</th>{% endfor %}
{% for other in section.others %}<th class="other">{{ other.method }}<br><small>{{ other.source }}</small></th>
{% endfor %}</tr></thead>
<tbody>{% for line in section.lines %}<tr{% if line.main %} class="main"{% endif %}>
<th>{{ line.name }}<small>{{ line.text }}</small></th>
{% for cell in line.cells %}<td>{{ cell.text }}<small>{{ cell.detail }}</small></td>{% endfor %}
{% for value in line.others %}<td class="other">{{ value }}</td>{% endfor %}</tr>{% endfor %}
</tbody></table></div>
{% for note in section.notes %}<p class="soft">{{ note }}</p>{% endfor %}
<div class="figures">
<figure><h3>Causes of failure</h3>{{ section.causes }}</figure>
<figure><h3>Success within a number of actions</h3>{{ section.within }}</figure>
</div>
<h3>Actions per trial</h3>
<div class="figures">{% for figure in section.counts %}<figure>{{ figure }}</figure>{% endfor %}</div>
{% if section.strips %}<h3>Sample trials, seen from above</h3>
{% for strip in section.strips %}<p>{{ strip.title }}</p>
<div class="scroll strip"><img src="{{ strip.data }}" alt="{{ strip.title }}"></div>{% endfor %}{% endif %}
<h3>Reproduce</h3>
{% for row in section.rows %}<p>{{ dot(row.colour) }}{{ row.label }}: seed {{ row.seed }}, {{ row.rig }} rig,
physics {{ row.physics }}, commit {{ row.commit }}{% if row.weights %}, weights {{ row.weights }}{% endif %},
configuration {{ row.config }}</p>
<pre>{{ row.command }}</pre>{% endfor %}
</section>
{% endfor %}
</main></body></html>
"""
