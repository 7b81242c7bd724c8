"""IFC text of one panel with a texture, written by hand.

The panel is the square from (0, 0, 0) to (2, 0, 2), seen from the front. Its texture has four pixels: red and green
below, blue and white above.
"""

from __future__ import annotations

import base64
import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PANEL = "2O2Fr$t4X7Zf8NOew3FL9r"
CORNERS = {
    (0.25, 0.25): (255, 0, 0),
    (0.75, 0.25): (0, 255, 0),
    (0.25, 0.75): (0, 0, 255),
    (0.75, 0.75): (255, 255, 255),
}
"""The colour on the screen in the middle of each quarter of the panel, counted from the lower left."""
PIXELS = '#40=IFCPIXELTEXTURE(.T.,.T.,{mode},{transform},$,2,2,3,("0FF0000","000FF00","00000FF","0FFFFFF"));'
STYLE = """#30=IFCSTYLEDITEM(#20,(#31),$);
#31=IFCSURFACESTYLE('Tiles',.BOTH.,(#32,#33));
#32=IFCSURFACESTYLESHADING(#34,0.);
#33=IFCSURFACESTYLEWITHTEXTURES((#40));
#34=IFCCOLOURRGB($,0.5,0.5,0.5);"""
PLAIN_STYLE = """#30=IFCSTYLEDITEM(#20,(#31),$);
#31=IFCSURFACESTYLE('Grey',.BOTH.,(#32));
#32=IFCSURFACESTYLESHADING(#34,0.);
#34=IFCCOLOURRGB($,0.5,0.5,0.5);"""
TRIANGLES = """#20=IFCTRIANGULATEDFACESET(#21,$,.F.,((1,2,3),(1,3,4)),$);
#21=IFCCARTESIANPOINTLIST3D(((0.,0.,0.),(2.,0.,0.),(2.,0.,2.),(0.,0.,2.)){tags});"""
COORDINATES = """#41=IFCINDEXEDTRIANGLETEXTUREMAP((#40),#20,#42,((1,2,3),(1,3,4)));
#42=IFCTEXTUREVERTEXLIST(((0.,0.),(1.,0.),(1.,1.),(0.,1.)));"""


def pixels(mode: str = "$", transform: str = "$") -> str:
    """Return the texture as an IfcPixelTexture."""
    return PIXELS.format(mode=mode, transform=transform)


def triangles(schema: str = "IFC4") -> str:
    """Return the panel as an IfcTriangulatedFaceSet."""
    return TRIANGLES.format(tags="" if schema == "IFC4" else ",$")


def polygons() -> str:
    """Return the panel as an IfcPolygonalFaceSet of IFC4X3 with a square hole in the middle, and its coordinates."""
    return """#20=IFCPOLYGONALFACESET(#21,.F.,(#22),$);
#21=IFCCARTESIANPOINTLIST3D(((0.,0.,0.),(2.,0.,0.),(2.,0.,2.),(0.,0.,2.),(0.9,0.,0.9),(1.1,0.,0.9),(1.1,0.,1.1),(0.9,0.,1.1)),$);
#22=IFCINDEXEDPOLYGONALFACEWITHVOIDS((1,2,3,4),((5,8,7,6)));
#41=IFCINDEXEDPOLYGONALTEXTUREMAP((#40),#20,#42,(#43));
#42=IFCTEXTUREVERTEXLIST(((0.,0.),(1.,0.),(1.,1.),(0.,1.),(0.45,0.45),(0.55,0.45),(0.55,0.55),(0.45,0.55)));
#43=IFCTEXTURECOORDINATEINDICESWITHVOIDS((1,2,3,4),#22,((5,8,7,6)));"""


def brep() -> str:
    """Return the panel as a surface model with a square hole in the middle, and its coordinates."""
    return """#20=IFCFACEBASEDSURFACEMODEL((#21));
#21=IFCCONNECTEDFACESET((#22));
#22=IFCFACE((#60,#23));
#23=IFCFACEOUTERBOUND(#24,.T.);
#24=IFCPOLYLOOP((#51,#52,#53,#54));
#51=IFCCARTESIANPOINT((0.,0.,0.));
#52=IFCCARTESIANPOINT((2.,0.,0.));
#53=IFCCARTESIANPOINT((2.,0.,2.));
#54=IFCCARTESIANPOINT((0.,0.,2.));
#60=IFCFACEBOUND(#61,.T.);
#61=IFCPOLYLOOP((#62,#63,#64,#65));
#62=IFCCARTESIANPOINT((0.9,0.,0.9));
#63=IFCCARTESIANPOINT((0.9,0.,1.1));
#64=IFCCARTESIANPOINT((1.1,0.,1.1));
#65=IFCCARTESIANPOINT((1.1,0.,0.9));
#41=IFCTEXTUREMAP((#40),(#42,#43,#44,#45),#22);
#42=IFCTEXTUREVERTEX((0.,0.));
#43=IFCTEXTUREVERTEX((1.,0.));
#44=IFCTEXTUREVERTEX((1.,1.));
#45=IFCTEXTUREVERTEX((0.,1.));"""


def png(width: int = 2, height: int = 2, claimed: tuple[int, int] | None = None) -> bytes:
    """Return the texture as a PNG made by hand; a larger one is white to the right and below.

    Its header may claim another size.
    """
    top, bottom = b"\x00\x00\xff\xff\xff\xff", b"\xff\x00\x00\x00\xff\x00"
    white = b"\xff" * (3 * (width - 2))
    rows = [b"\0" + top + white, b"\0" + bottom + white, *[b"\0" + b"\xff" * (3 * width)] * (height - 2)]
    header = struct.pack(">IIBBBBB", *(claimed or (width, height)), 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )


def bmp() -> bytes:
    """Return the texture as a BMP made by hand, whose rows go from the bottom to the top."""
    rows = b"\x00\x00\xff\x00\xff\x00\0\0" + b"\xff\x00\x00\xff\xff\xff\0\0"
    info = struct.pack("<IiiHHIIiiII", 40, 2, 2, 1, 24, 0, len(rows), 2835, 2835, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54 + len(rows), 0, 0, 54) + info + rows


def blob(content: bytes, raster_format: str = "PNG") -> str:
    """Return an IfcBlobTexture of an image file."""
    return f"#40=IFCBLOBTEXTURE(.T.,.T.,$,$,$,'{raster_format}',\"0{content.hex().upper()}\");"


def image(reference: str) -> str:
    """Return an IfcImageTexture."""
    return f"#40=IFCIMAGETEXTURE(.T.,.T.,$,$,$,'{reference}');"


def data_uri(content: bytes, media_type: str = "image/png") -> str:
    """Return a data: URI."""
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"


def panel(*lines: str, schema: str = "IFC4", items: str = "#20", kind: str = "Tessellation") -> str:
    """Return a file with the panel; `lines` define the items of its body, their style and texture."""
    return f"""ISO-10303-21;
HEADER;
FILE_DESCRIPTION(('ViewDefinition [ReferenceView]'),'2;1');
FILE_NAME('panel.ifc','2024-05-01T12:00:00',('An author'),('An office'),'','','');
FILE_SCHEMA(('{schema}'));
ENDSEC;
DATA;
#1=IFCPROJECT('0YvctVUKr0kugbFTf53O9L',$,'Panel',$,$,$,$,(#5),#6);
#2=IFCCARTESIANPOINT((0.,0.,0.));
#3=IFCAXIS2PLACEMENT3D(#2,$,$);
#4=IFCLOCALPLACEMENT($,#3);
#5=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-5,#3,$);
#6=IFCUNITASSIGNMENT((#7));
#7=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);
#8=IFCBUILDINGELEMENTPROXY('{PANEL}',$,'Panel',$,$,#4,#9,$,$);
#9=IFCPRODUCTDEFINITIONSHAPE($,$,(#10));
#10=IFCSHAPEREPRESENTATION(#5,'Body','{kind}',({items}));
{chr(10).join(lines)}
ENDSEC;
END-ISO-10303-21;
"""


def textured_panel(path: Path) -> Path:
    """Write a file with the panel, whose texture is a PNG in the file."""
    path.write_text(panel(triangles(), STYLE, blob(png()), COORDINATES), encoding="ascii")
    return path
