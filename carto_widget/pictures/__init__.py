"""Pictures that need no kernel and no browser: PNG and SVG, and the paper's figure in Bokeh."""
