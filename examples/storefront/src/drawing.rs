//! Pictures of the goods, drawn on the spot: the shop loads nothing from elsewhere.

#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    Pot,
    Kettle,
    Cup,
    Bowl,
    Tin,
    Whisk,
    Scoop,
}

/// An SVG of a shape in a colour.
pub(super) fn drawing(shape: Shape, color: &str) -> String {
    let inside = match shape {
        Shape::Pot => {
            r##"<path d="M88 62 q20 -4 18 14 q-2 16 -22 14" fill="none" stroke="C" stroke-width="6"/>
<path d="M34 76 L14 56 l8 -4 L40 66 Z" fill="C"/>
<ellipse cx="61" cy="78" rx="32" ry="25" fill="C"/><ellipse cx="52" cy="70" rx="12" ry="7" fill="#fff" opacity=".18"/>
<path d="M40 58 q21 -14 42 0 Z" fill="C"/><path d="M40 58 h42" stroke="#0003" stroke-width="2"/>
<circle cx="61" cy="47" r="5" fill="C"/>"##
        }
        Shape::Kettle => {
            r##"<path d="M40 54 Q60 20 84 54" fill="none" stroke="#3d3029" stroke-width="5"/>
<path d="M38 84 Q18 82 22 60 Q24 48 10 46" fill="none" stroke="C" stroke-width="6"/>
<path d="M38 54 h46 l8 44 h-62 Z" fill="C"/><path d="M46 60 l-5 30" stroke="#fff" stroke-width="5" opacity=".22"/>
<path d="M38 54 h46" stroke="#0004" stroke-width="3"/><circle cx="61" cy="49" r="4" fill="#3d3029"/>"##
        }
        Shape::Cup => {
            r##"<path d="M84 60 q20 -2 18 14 q-2 14 -22 12" fill="none" stroke="C" stroke-width="6"/>
<path d="M30 52 h56 q0 44 -18 46 h-20 q-18 -2 -18 -46 Z" fill="C"/>
<ellipse cx="58" cy="52" rx="28" ry="7" fill="#fff" opacity=".55"/><ellipse cx="58" cy="53" rx="23" ry="4.500" fill="#8a5a2b" opacity=".7"/>
<path d="M38 66 q2 20 9 26" fill="none" stroke="#fff" stroke-width="4" opacity=".25"/>
<path d="M50 40 q-5 -7 0 -13 q5 -6 0 -12 M64 40 q-5 -7 0 -13 q5 -6 0 -12" fill="none" stroke="#0002" stroke-width="3"/>"##
        }
        Shape::Bowl => {
            r##"<path d="M18 54 h84 q-4 40 -30 44 h-24 q-26 -4 -30 -44 Z" fill="C"/>
<ellipse cx="60" cy="54" rx="42" ry="9" fill="#0003"/><ellipse cx="60" cy="55" rx="36" ry="6" fill="#7d9b4e"/>
<path d="M28 66 q6 20 18 26" fill="none" stroke="#fff" stroke-width="5" opacity=".22"/>
<rect x="46" y="97" width="28" height="6" rx="2" fill="C"/>"##
        }
        Shape::Tin => {
            r##"<rect x="34" y="44" width="52" height="58" rx="4" fill="C"/><rect x="38" y="26" width="44" height="18" rx="3" fill="C"/>
<path d="M36 44 h48" stroke="#0004" stroke-width="3"/><rect x="34" y="58" width="52" height="28" fill="#fdf8ee"/>
<path d="M60 62 q12 8 0 20 q-12 -12 0 -20 Z" fill="C"/><path d="M60 64 v20" stroke="#fdf8ee" stroke-width="1.500"/>
<rect x="39" y="28" width="5" height="72" fill="#fff" opacity=".16"/>"##
        }
        Shape::Whisk => {
            r##"<rect x="52" y="14" width="16" height="42" rx="3" fill="C"/><path d="M52 44 h16 M52 49 h16" stroke="#0005" stroke-width="2"/>
<path d="M53 56 q-18 26 -11 46 M56 56 q-10 28 -6 48 M60 56 v50 M64 56 q10 28 6 48 M67 56 q18 26 11 46" fill="none" stroke="C" stroke-width="3"/>
<path d="M47 70 q13 6 26 0" fill="none" stroke="#0003" stroke-width="2"/>"##
        }
        Shape::Scoop => {
            r##"<path d="M54 18 q6 -6 12 0 l-2 48 h-8 Z" fill="C"/><ellipse cx="60" cy="84" rx="19" ry="23" fill="C"/>
<ellipse cx="60" cy="82" rx="13" ry="16" fill="#0002"/><path d="M52 84 q8 -10 16 0 q-8 8 -16 0 Z" fill="#5b7d3a"/>"##
        }
    };
    let inside = inside.replace("\"C\"", &format!("\"{color}\""));
    format!(
        r#"<svg viewBox="0 0 120 120" role="img" aria-hidden="true"><circle cx="60" cy="62" r="54" fill="{color}" opacity=".12"/><ellipse cx="60" cy="105" rx="36" ry="5" fill="{color}" opacity=".25"/>{inside}</svg>"#
    )
}
