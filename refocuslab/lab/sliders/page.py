"""x"""
def sliders_page() -> str: return "x"
